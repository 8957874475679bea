import type { Json } from '../../core/json.ts';
import { ok, type Result } from '../../core/result.ts';
import { collectResults, type Collected, valuesOf } from '../../inspect/result-table.ts';
import { valuesHint } from '../../pipeline/axis-values.ts';
import type { Axes } from '../../pipeline/dag.ts';
import { formatValue, parseReference, type Reference } from '../../pipeline/instance-id.ts';
import { suggest } from '../../pipeline/nearest.ts';
import { plural } from '../../report/format.ts';
import { csvLines, cellText, metricsTable, type TableEntry } from '../../report/metrics-table.ts';
import { exactNumber } from '../../report/preview/exact-number.ts';
import { styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import { truncate } from '../../report/text-width.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  printLines,
  refuse,
  type Refusal,
  usage,
} from '../args/command.ts';
import { commandText } from '../args/command-again.ts';
import { type Session, withSession } from '../project/session.ts';
import { noRun } from '../project/session.ts';

/** `flow table`: prints the metrics of all runs, one row per result. */
export async function tableCommand(args: Args, io: Io): Promise<Ended> {
  const [text = ''] = args.operands;
  const reference = parseReference(text);
  if (!reference) {
    return usage('unknown-instance', `'${text}' is not a reference`, 'write STAGE.OUTPUT');
  }
  if (args.has('csv') && args.has('json')) {
    return usage('bad-options', '--csv and --json cannot be used together');
  }
  const conditions = readConditions(args.values('where'), reference);
  if (!conditions.ok) return conditions;
  return withSession(args, io, undefined, async (session) => {
    const all = await collectResults(session.store, session.runs, reference.stage);
    if (all.stages.size === 0) return noRun(io);
    const chosen = choose(all, reference, conditions.value);
    if (!chosen.ok) return chosen;
    const entries = await entriesOf(session, chosen.value.results, chosen.value.output);
    if (!entries.ok) return entries;
    const made = metricsTable(entries.value);
    if (args.has('json')) await printJson(io, made);
    else if (args.has('csv')) await io.out(`${csvLines(made).join('\n')}\n`);
    else {
      const rows = made.rows.map((row) =>
        made.columns.map((column) => truncate(shortCell(row[column] ?? null), MAX_CELL_CHARACTERS)),
      );
      const titles = made.columns.map((title) => {
        const right = made.rows.every((row) => isNumber(row[title] ?? 0));
        return { title, right };
      });
      await printLines(io, table(titles, rows, styleFor(io.stdout, io.env).dim));
    }
    const lost = chosen.value.results.length - entries.value.length;
    if (lost > 0) io.stderr.write(`${plural(lost, 'result')} more, no longer in the cache\n`);
    return ok(0);
  });
}

/** A number that is kept as text because 64 bits cannot hold it. */
function isNumber(value: Json): boolean {
  return (
    typeof value === 'number' || (typeof value === 'string' && exactNumber(value) !== undefined)
  );
}

/** `--csv` and `--json` have the whole of it. */
const MAX_CELL_CHARACTERS = 24;

function shortCell(value: Json): string {
  if (typeof value !== 'number' || Number.isInteger(value)) return cellText(value);
  return String(Number(value.toPrecision(6)));
}

/** Axis -> the wanted values, in the form of references. */
type Conditions = ReadonlyMap<string, readonly string[]>;

/** `num=500,1000`; axes in the reference say the same. */
function readConditions(
  where: readonly string[],
  { axes }: Reference,
): Result<Conditions, Refusal> {
  const conditions = new Map<string, readonly string[]>();
  for (const condition of where) {
    const [, axis, values] = /^([A-Za-z_][\w-]*)=(.*)$/.exec(condition) ?? [];
    if (axis === undefined || values === undefined) {
      const hint = 'write --where num=500, or --where num=500,1000 for several values';
      return usage('bad-option-value', `--where needs AXIS=VALUE, not '${condition}'`, hint);
    }
    const more = values.split(',').map(formatValue);
    conditions.set(axis, [...(conditions.get(axis) ?? []), ...more]);
  }
  for (const [axis, value] of axes) conditions.set(axis, [value]);
  return ok(conditions);
}

function choose(
  all: Collected,
  reference: Reference,
  conditions: Conditions,
): Result<{ readonly results: Collected['results']; readonly output: string }, Refusal> {
  const { stage, output } = reference;
  const ofStage = all.results;
  const [first] = ofStage;
  if (!first) {
    const hint = suggest(stage, all.stages, 'stages');
    return usage('unknown-instance', `there is no result of stage '${stage}'`, hint);
  }
  const axes = [...new Set(ofStage.flatMap((result) => Object.keys(result.axes)))];
  for (const axis of conditions.keys()) {
    if (axes.includes(axis)) continue;
    const message = `stage '${stage}' has no axis '${axis}'`;
    return usage('unknown-axis', message, suggest(axis, axes, 'axes'));
  }
  const outputs = [...new Set(ofStage.flatMap((result) => result.outputs))];
  const [only, ...more] = outputs;
  if (output !== undefined ? !outputs.includes(output) : more.length > 0) {
    const named = outputs.map((name) => `${stage}.${name}`);
    if (output === undefined) {
      return usage(
        'ambiguous',
        `stage '${stage}' has ${outputs.length} outputs: choose one`,
        named.join('\n'),
      );
    }
    const message = `stage '${stage}' has no output '${output}'`;
    return usage('unknown-instance', message, suggest(output, outputs, 'outputs'));
  }
  const results = ofStage.filter(({ axes: its }) =>
    [...conditions].every(([axis, values]) =>
      values.includes(formatValue(String(its[axis] ?? ''))),
    ),
  );
  if (results.length === 0) {
    const wanted = [...conditions].map(([axis, values]) => `${axis}=${values.join(',')}`);
    const message = `there is no result of stage '${stage}' with ${wanted.join(' and ')}`;
    const hint = valuesHint(
      ofStage.map((result) => result.axes as Axes),
      conditions,
    );
    return usage('no-instance', message, hint ?? 'each value exists, but not in this combination');
  }
  return ok({ results, output: output ?? only ?? '' });
}

async function entriesOf(
  session: Session,
  results: Collected['results'],
  output: string,
): Promise<Result<readonly TableEntry[], Refusal>> {
  const entries: TableEntry[] = [];
  for (const { key, axes, params, run } of results) {
    const action = await session.store.action(key);
    const artifact = action?.outputs[output];
    if (!action || !artifact) continue;
    const values = await valuesOf(
      session.store,
      artifact,
      action.manifest.outputs[output]?.path ?? output,
    );
    if (values === undefined) continue;
    if (typeof values === 'string') {
      const words = ['show', action.provenance.instance, '--run', run];
      const hint = commandText(session.io.env, words);
      return refuse(2, { code: 'no-table', message: values, hint });
    }
    const about: Readonly<Record<string, Json>> = {
      run,
      key: key.replace('sha256:', '').slice(0, 12),
    };
    entries.push({ axes, params, values, about });
  }
  return ok(entries);
}
