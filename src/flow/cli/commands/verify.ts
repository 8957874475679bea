import path from 'node:path';
import { ok } from '../../core/result.ts';
import { formatBytes, plural } from '../../report/format.ts';
import { type Style, styleFor } from '../../report/style.ts';
import { isNew } from '../../store/cache-folder.ts';
import type { Finding, Verified } from '../../store/verify.ts';
import { type Args, type Ended, type Io, printJson, printLines } from '../args/command.ts';
import { lookAgain } from '../args/command-again.ts';
import { openProject } from '../project/project.ts';
import { type Session, withSession } from '../project/session.ts';

/** `flow verify`: reads the whole cache and removes what is damaged. */
export async function verifyCommand(args: Args, io: Io): Promise<Ended> {
  const drop = !args.has('dry-run');
  const project = await openProject(args, io, undefined);
  if (!project.ok) return project;
  if (isNew(project.value.cache)) {
    return tell(args, io, drop, { blobs: 0, bytes: 0, results: 0, found: [] });
  }
  const work = async (session: Session): Promise<Ended> => {
    const older: Finding[] = [];
    session.store.onDamage(({ what, path: where, message }) => {
      if (what === 'layout') older.push({ what, path: where, message });
    });
    const shown = showProgress(io);
    const verified = await session.store.verify({ drop, progress: shown.at });
    shown.end();
    return tell(args, io, drop, { ...verified, found: [...older, ...verified.found] });
  };
  return withSession(args, io, undefined, work, { upgrade: drop });
}

async function tell(args: Args, io: Io, drop: boolean, verified: Verified): Promise<Ended> {
  const found = verified.found.map((each) => ({ ...each, path: path.relative(io.cwd, each.path) }));
  const whole = found.length === 0;
  if (args.has('json')) {
    await printJson(io, { ok: whole, dropped: drop && !whole, ...verified, found });
  } else {
    const again = lookAgain(args, io.env, 'verify');
    await printLines(io, lines({ ...verified, found }, drop, again, styleFor(io.stdout, io.env)));
  }
  return ok(whole ? 0 : 1);
}

/** `again`: the command without --dry-run. */
function lines(
  { blobs, bytes, results, found }: Verified,
  drop: boolean,
  again: string,
  style: Style,
): string[] {
  const read = `${plural(blobs, 'blob')} (${formatBytes(bytes)}) and ${plural(results, 'result')}`;
  if (found.length === 0) return [`read ${read}: all unchanged`];
  const strays = found.filter(({ what }) => what === 'stray').length;
  const damaged = found.length - strays;
  const parts = [
    ...(damaged === 0 ? [] : [`${damaged} damaged${drop ? ', dropped' : ''}`]),
    ...(strays === 0 ? [] : [`${plural(strays, 'file')} of other programs, not touched`]),
  ];
  const next = drop
    ? 'the next flow run computes the missing results again'
    : `use flow verify without --dry-run to remove what is damaged: ${again}`;
  return [
    ...found.map((each) => line(each, style)),
    `read ${read}: ${parts.join('; ')}`,
    ...(damaged === 0 ? [] : [next]),
  ];
}

function line({ what, path: where, message, instance }: Finding, style: Style): string {
  const of = instance === undefined ? '' : ` ${style.dim(`(${instance})`)}`;
  return `${style.red(what)}  ${where}${of}: ${message}`;
}

/** Progress, redrawn in place and only on a terminal. */
function showProgress({ stderr, clock }: Io): {
  readonly at: (bytes: number) => void;
  readonly end: () => void;
} {
  let drawn = 0;
  const draw = (text: string): void => {
    if (stderr.isTTY) stderr.write(`\r\u001B[K${text}`);
  };
  return {
    at: (bytes) => {
      if (clock() - drawn < 100) return;
      drawn = clock();
      draw(`reading the cache: ${formatBytes(bytes)}`);
    },
    end: () => {
      if (drawn > 0) draw('');
    },
  };
}
