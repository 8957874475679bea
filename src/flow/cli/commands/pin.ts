import type { RunId } from '../../core/ids.ts';
import { ok } from '../../core/result.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse } from '../args/command.ts';
import { type Session, withSession } from '../project/session.ts';
import { findRun } from '../project/run-view.ts';

/** `flow pin`: protects runs from gc; without an operand, lists them. */
export async function pinCommand(args: Args, io: Io): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const { runs, store } = session;
    if (args.operands.length === 0) return list(args, session);
    const found = await named(args, session);
    if (!found.ok) return found;
    for (const { run_id } of found.value) {
      const id = run_id as RunId;
      // A gc that was about to remove it either sees the pin, or has ended by now.
      if (runs.pin(id)) await store.claim([]);
      if (!runs.isPinned(id)) {
        return refuse(1, { code: 'unknown-run', message: `flow gc has just removed run ${id}` });
      }
    }
    return tell(args, io, 'pinned', found.value);
  });
}

/** `flow unpin`. */
export async function unpinCommand(args: Args, io: Io): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const found = await named(args, session);
    if (!found.ok) return found;
    for (const { run_id } of found.value) session.runs.unpin(run_id as RunId);
    return tell(args, io, 'unpinned', found.value);
  });
}

async function named(args: Args, session: Session) {
  const records: RunRecord[] = [];
  for (const operand of args.operands) {
    const record = await findRun(session, operand);
    if (!record.ok) return record;
    records.push(record.value);
  }
  return ok(records);
}

async function tell(
  args: Args,
  io: Io,
  what: string,
  records: readonly RunRecord[],
): Promise<Ended> {
  if (args.has('json')) await printJson(io, { [what]: records.map(({ run_id }) => run_id) });
  else {
    const lines = records.map(({ run_id, pipeline }) => `${what} run ${run_id} of ${pipeline}`);
    await printLines(io, lines);
  }
  return ok(0);
}

async function list(args: Args, { io, runs }: Session): Promise<Ended> {
  const pinned: RunRecord[] = [];
  for (const id of await runs.list()) {
    const record = runs.isPinned(id) ? await runs.read(id) : undefined;
    if (record !== undefined) pinned.push(record);
  }
  if (args.has('json')) {
    await printJson(io, { pinned: pinned.map(({ run_id }) => run_id) });
    return ok(0);
  }
  if (pinned.length === 0) {
    io.stderr.write('there are no pinned runs\n');
    return ok(0);
  }
  const titles = [
    { title: 'RUN' },
    { title: 'PIPELINE' },
    { title: 'STARTED' },
    { title: 'STATE' },
  ];
  const rows = pinned.map(({ run_id, pipeline, startedAt, state }) => [
    run_id,
    pipeline,
    startedAt.slice(0, 16).replace('T', ' '),
    state,
  ]);
  await printLines(io, table(titles, rows, styleFor(io.stdout, io.env).dim));
  return ok(0);
}
