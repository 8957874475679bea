import type { Json } from '../../core/json.ts';
import { ok, type Result } from '../../core/result.ts';
import { collectResults, type Collected, valuesOf } from '../../inspect/result-table.ts';
import { valuesHint } from '../../pipeline/axis-values.ts';
import type { Axes } from '../../pipeline/dag.ts';
import { parseReference, type Reference } from '../../pipeline/instance-id.ts';
import { suggest } from '../../pipeline/nearest.ts';
import { agrees } from '../../pipeline/resolve/stage-table.ts';
import { plural } from '../../report/format.ts';
import {
  csvLines,
  cellText,
  metricsTable,
  type MetricsTable,
  type TableEntry,
} from '../../report/tables/metrics-table.ts';
import {
  columnsOf,
  type Condition,
  filterEntries,
  meets,
  parseCondition,
  parseSortKey,
  queryTable,
  type TableQuery,
  valuesIn,
} from '../../report/tables/table-query.ts';
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
  const query = readQuery(args);
  if (!query.ok) return query;
  return withSession(args, io, undefined, async (session) => {
    const all = await collectResults(session.store, session.runs, reference.stage);
    if (all.stages.size === 0) return noRun(io);
    const chosen = choose(all, reference);
    if (!chosen.ok) return chosen;
    const results = fitting(chosen.value.results, query.value);
    const entries = await entriesOf(session, results, chosen.value.output);
    if (!entries.ok) return entries;
    const made = queried(entries.value, query.value, reference.stage);
    if (!made.ok) return made;
    await printTable(args, io, made.value);
    const lost = results.length - entries.value.length;
    if (lost > 0) io.stderr.write(`${plural(lost, 'result')} more, no longer in the cache\n`);
    return ok(0);
  });
}

async function printTable(args: Args, io: Io, made: MetricsTable): Promise<void> {
  if (args.has('json')) return printJson(io, made);
  if (args.has('csv')) return io.out(`${csvLines(made).join('\n')}\n`);
  const rows = made.rows.map((row) =>
    made.columns.map((column) => truncate(shortCell(row[column] ?? null), MAX_CELL_CHARACTERS)),
  );
  const titles = made.columns.map((title) => {
    const right = made.rows.every((row) => isNumber(row[title] ?? 0));
    return { title, right };
  });
  await printLines(io, table(titles, rows, styleFor(io.stdout, io.env).dim));
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

function readQuery(args: Args): Result<TableQuery, Refusal> {
  const where = new Map<string, Condition>();
  for (const text of args.values('where')) {
    const condition = parseCondition(text);
    if (condition === undefined) {
      const hint =
        'write --where num=500, --where num=500,1000 for several values, or --where "score>=0.8"';
      return usage('bad-option-value', `--where needs COLUMN=VALUE, not '${text}'`, hint);
    }
    const { column, operator, values } = condition;
    // Values of one column are alternatives; several limits must all hold.
    const name = JSON.stringify(operator === '=' ? [column, operator] : [column, operator, values]);
    const more = where.get(name)?.values ?? [];
    where.set(name, { column, operator, values: operator === '=' ? [...more, ...values] : values });
  }
  const columns = args.value('columns')?.split(',');
  return ok({
    where: [...where.values()],
    sort: args.values('sort').map(parseSortKey),
    ...(columns !== undefined && { columns }),
  });
}

/** By their axes, which need no file to be read. All if there are none: the message lists their values. */
function fitting(results: Collected['results'], { where }: TableQuery): Collected['results'] {
  const found = results.filter(({ axes }) =>
    where.every(
      (condition) =>
        !Object.hasOwn(axes, condition.column) || meets(axes[condition.column], condition),
    ),
  );
  return found.length > 0 ? found : results;
}

/** Refused if it names a column that does not exist, or if no row meets its conditions. */
function queried(
  entries: readonly TableEntry[],
  query: TableQuery,
  stage: string,
): Result<MetricsTable, Refusal> {
  const known = [...new Set([...columnsOf(entries), ...metricsTable(entries).columns])];
  const named = [...query.where, ...query.sort].map(({ column }) => column);
  for (const column of [...named, ...(query.columns ?? [])]) {
    if (known.includes(column)) continue;
    const message = `the table of stage '${stage}' has no column '${column}'`;
    return usage('unknown-column', message, suggest(column, known, 'columns'));
  }
  const made = queryTable(entries, query);
  if (made.rows.length > 0 || query.where.length === 0) return ok(made);
  const wanted = query.where.map(
    ({ column, operator, values }) => `${column}${operator}${values.join(',')}`,
  );
  const message = `there is no result of stage '${stage}' with ${wanted.join(' and ')}`;
  return usage('no-instance', message, noRowHint(entries, query));
}

/** The values of the first column of which no row has a wanted value. */
function noRowHint(entries: readonly TableEntry[], { where }: TableQuery): string {
  for (const condition of where) {
    if (filterEntries(entries, [condition]).length > 0) continue;
    const values = [...new Set(valuesIn(entries, condition.column).map(cellText))];
    const shown = values.slice(0, MAX_VALUES).join(', ');
    return `${condition.column} is one of ${shown}${values.length > MAX_VALUES ? ', …' : ''}`;
  }
  return 'each value exists, but not in this combination';
}

const MAX_VALUES = 12;

function choose(
  all: Collected,
  reference: Reference,
): Result<{ readonly results: Collected['results']; readonly output: string }, Refusal> {
  const { stage, output, axes: fixed } = reference;
  const ofStage = all.results;
  const [first] = ofStage;
  if (!first) {
    const hint = suggest(stage, all.stages, 'stages');
    return usage('unknown-instance', `there is no result of stage '${stage}'`, hint);
  }
  const axes = [...new Set(ofStage.flatMap((result) => Object.keys(result.axes)))];
  for (const axis of fixed.keys()) {
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
  const results = ofStage.filter((result) => agrees(result.axes as Axes, fixed));
  if (results.length === 0) {
    const wanted = [...fixed].map(([axis, value]) => `${axis}=${value}`);
    const message = `there is no result of stage '${stage}' with ${wanted.join(' and ')}`;
    const hint = valuesHint(
      ofStage.map((result) => result.axes as Axes),
      new Map([...fixed].map(([axis, value]) => [axis, [value]])),
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
