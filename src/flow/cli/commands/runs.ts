import path from 'node:path';
import { ok, type Result } from '../../core/result.ts';
import type { RunRecord, RunState } from '../../core/run-record.ts';
import { parseDuration } from '../../pipeline/units.ts';
import { formatAge, formatDuration } from '../../report/format.ts';
import { visible } from '../../report/printable.ts';
import { type Style, styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import type { RunStore } from '../../store/records/runs.ts';
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
import { oneOf, positive } from '../args/parse-args.ts';
import { recordedOverrides } from '../catalogue/recorded-options.ts';
import { STATES } from '../catalogue/states.ts';
import { withSession } from '../project/session.ts';

interface RunRow {
  readonly run_id: string;
  readonly pipeline: string;
  readonly state: RunState;
  /** ISO 8601. */
  readonly started: string;
  /** Null: its process has died, so its end is unknown. */
  readonly wall_s: number | null;
  /** The words of its command line that set params. */
  readonly overrides: readonly string[];
  readonly ran: number;
  readonly hit: number;
  readonly failed: number;
}

/** `flow runs`: the recorded runs of this project, newest first. */
export async function runsCommand(args: Args, io: Io): Promise<Ended> {
  const filter = readFilter(args, io);
  if (!filter.ok) return filter;
  const { most, fits } = filter.value;
  return withSession(args, io, undefined, async ({ runs, project }) => {
    const found: RunRow[] = [];
    for await (const record of runs.records(project.root)) {
      if (found.length === most) break;
      const file = path.resolve(project.root, record.file);
      if (!fits({ record, state: runs.stateOf(record), file })) continue;
      found.push(await rowOf(record, runs, io.clock()));
    }
    if (args.has('json')) await printJson(io, { runs: found });
    else if (found.length === 0) io.stderr.write('no recorded run matches\n');
    else await printLines(io, rowLines(found, io.clock(), styleFor(io.stdout, io.env)));
    return ok(0);
  });
}

interface Filter {
  readonly most: number;
  /** @param run `file`: absolute path of its pipeline */
  fits(run: { record: RunRecord; state: RunState; file: string }): boolean;
}

function readFilter(args: Args, io: Io): Result<Filter, Refusal> {
  const count = args.value('max');
  const most = count === undefined ? ok(Infinity) : positive('max', count);
  if (!most.ok) return refuse(2, most.error);
  const wanted = args.value('state');
  const state = oneOf('state', wanted, STATES, 'ok');
  if (!state.ok) return refuse(2, state.error);
  const since = args.value('since');
  // Without a unit, the number would mean seconds, which no user wants.
  const age =
    since === undefined ? Infinity : /[a-z]$/i.test(since) ? parseDuration(since) : undefined;
  if (age === undefined) {
    const message = `--since must be a time: 90s, 10m, 12h, 7d, not '${since}'`;
    return usage('bad-option-value', message);
  }
  const pipeline = args.value('pipeline');
  return ok({
    most: most.value,
    fits: ({ record, state: its, file }) =>
      (wanted === undefined || its === state.value) &&
      io.clock() - Date.parse(record.startedAt) <= age &&
      (pipeline === undefined ||
        record.pipeline === pipeline ||
        path.resolve(io.cwd, pipeline) === file),
  });
}

async function rowOf(record: RunRecord, runs: RunStore, now: number): Promise<RunRow> {
  const { run_id, pipeline, startedAt, argv, summary } = record;
  const state = runs.stateOf(record);
  const overrides = recordedOverrides(argv);
  const about = { run_id, pipeline, state, started: startedAt, overrides };
  if (summary !== undefined) {
    const { wall_s, ran, hit, failed } = summary;
    return { ...about, wall_s, ran, hit, failed };
  }
  const outcomes = (await runs.events(run_id)).flatMap((event) =>
    event.type === 'finished' ? [event.outcome] : [],
  );
  const count = (outcome: string): number => outcomes.filter((one) => one === outcome).length;
  const wall_s = state === 'running' ? (now - Date.parse(startedAt)) / 1000 : null;
  return { ...about, wall_s, ran: count('ran'), hit: count('hit'), failed: count('failed') };
}

function rowLines(rows: readonly RunRow[], now: number, style: Style): readonly string[] {
  const titles = [
    { title: 'RUN' },
    { title: 'PIPELINE' },
    { title: 'STATE' },
    { title: 'AGE', right: true },
    { title: 'TOOK', right: true },
    { title: 'RAN', right: true },
    { title: 'HIT', right: true },
    { title: 'FAILED', right: true },
    { title: 'OVERRIDES' },
  ];
  const cells = rows.map((row) => [
    row.run_id,
    visible(row.pipeline),
    row.state,
    formatAge(now - Date.parse(row.started)),
    row.wall_s === null ? '' : formatDuration(row.wall_s * 1000),
    ...[row.ran, row.hit, row.failed].map(String),
    visible(row.overrides.join(' ')),
  ]);
  return table(titles, cells, style.dim);
}
