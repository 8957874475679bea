import type { Diagnostic } from '../../core/diagnostic.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { parseDuration, parseSize } from '../../pipeline/units.ts';
import { gcJson, gcLines } from '../../report/gc-report.ts';
import { styleFor } from '../../report/style.ts';
import { collectGarbage, previewGc } from '../../store/gc/gc.ts';
import type { GcRefusal } from '../../store/gc/gc.ts';
import type { GcPolicy } from '../../store/gc/policy.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  printLines,
  refuse,
  type Refusal,
} from '../args/command.ts';
import { commandText } from '../args/command-again.ts';
import { positive } from '../args/parse-args.ts';
import { shownPath } from '../project/project.ts';
import { withSession } from '../project/session.ts';

/** `flow gc`: removes what nothing refers to, and runs above the limits. */
export async function gcCommand(args: Args, io: Io): Promise<Ended> {
  const policy = readPolicy(args);
  if (!policy.ok) return policy;
  return withSession(args, io, undefined, async ({ store, project }) => {
    const common = { policy: policy.value, all: args.has('verbose') };
    if (args.has('dry-run')) {
      const plan = await previewGc(store, policy.value);
      return print(args, io, { plan, ...common });
    }
    const done = await collectGarbage(store, policy.value);
    if (!done.ok) return refuse(3, refusal(done.error, commandText(io.env, io.argv)));
    const { skipped } = done.value;
    // As a user in the working directory writes them; programs get whole paths.
    const shown = args.has('json')
      ? skipped
      : skipped.map((each) => ({ ...each, path: shownPath(io, project.root, each.path) }));
    return print(args, io, { ...done.value, ...common, skipped: shown });
  });
}

function refusal(error: GcRefusal, again: string): Diagnostic {
  if (error.code === 'busy') {
    const message = `another flow gc is running on this cache: ${error.holder}`;
    return { code: 'gc-runs', message, hint: 'wait until it ends, or use --dry-run' };
  }
  const message = 'the clock was set back during flow gc, so it stopped removing';
  return { code: error.code, message, hint: `start flow gc again: ${again}` };
}

async function print(args: Args, io: Io, report: Parameters<typeof gcJson>[0]): Promise<Ended> {
  if (args.has('json')) await printJson(io, gcJson(report));
  else await printLines(io, gcLines(report, styleFor(io.stdout, io.env)));
  return ok(report.plan.fits ? 0 : 1);
}

const DEFAULT_GRACE = '10m';

function readPolicy(args: Args): Result<GcPolicy, Refusal> {
  const wrong: Diagnostic[] = [];
  const read = <T>(
    option: string,
    parse: (text: string) => Result<T, Diagnostic>,
    text = args.value(option),
  ): T | undefined => {
    const value = text === undefined ? ok(undefined) : parse(text);
    if (!value.ok) wrong.push(value.error);
    return value.ok ? value.value : undefined;
  };
  const keepRuns = read('keep-runs', (text) => positive('keep-runs', text));
  const olderThanMs = read('older-than', (text) => time('older-than', text));
  const maxBytes = read('max-size', (text) =>
    parsed('max-size', text, withUnit(text, parseSize), 'a size: 500MB, 20GB, 1TiB'),
  );
  const youngMs =
    read('grace', (text) => time('grace', text), args.value('grace') ?? DEFAULT_GRACE) ?? 0;
  if (wrong.length > 0) return refuse(2, ...wrong);
  return ok({
    youngMs,
    ...(keepRuns !== undefined && { keepRuns }),
    ...(olderThanMs !== undefined && { olderThanMs }),
    ...(maxBytes !== undefined && { maxBytes }),
  });
}

function time(option: string, text: string): Result<number, Diagnostic> {
  return parsed(option, text, withUnit(text, parseDuration), 'a time: 90s, 10m, 12h, 30d');
}

/**
 * A user who writes 30 means days or gigabytes; with seconds or bytes, almost everything would be
 * removed.
 */
function withUnit(text: string, parse: (text: string) => number | undefined): number | undefined {
  const value = parse(text);
  return value === 0 || /[A-Za-z]/.test(text) ? value : undefined;
}

function parsed<T>(
  option: string,
  text: string,
  value: T | undefined,
  wants: string,
): Result<T, Diagnostic> {
  if (value !== undefined) return ok(value);
  return err({ code: 'bad-option-value', message: `--${option} must be ${wants}, not '${text}'` });
}
