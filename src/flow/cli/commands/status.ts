import type { InstanceId } from '../../core/ids.ts';
import { ok } from '../../core/result.ts';
import type { Commit, RunRecord, RunState } from '../../core/run-record.ts';
import { formatCommit, plural } from '../../report/format.ts';
import { applyEvent, emptyProgress, isFinished } from '../../report/live/progress.ts';
import type { InstanceProgress, Progress } from '../../report/live/progress.ts';
import { type Style, styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import { describeWork } from '../../report/live/work-text.ts';
import { type Args, type Ended, type Io, printJson, printLines } from '../args/command.ts';
import { withSession } from '../project/session.ts';
import { findRun } from '../project/run-view.ts';

interface Status {
  readonly run_id: string;
  readonly pipeline: string;
  readonly state: RunState;
  readonly commit?: Commit;
  readonly instances: readonly {
    readonly id: InstanceId;
    readonly state: InstanceProgress['state'];
    /** A hit of a stage with `freeze: true`. */
    readonly frozen?: true;
  }[];
}

/** `flow status`: shows the latest run from its record and its events. */
export async function statusCommand(args: Args, io: Io): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const { runs } = session;
    const record = await findRun(session, args.value('run'));
    if (!record.ok) return record;
    const { run_id, pipeline, commit } = record.value;
    const state = runs.stateOf(record.value);
    const progress = emptyProgress();
    for (const event of await runs.events(run_id)) applyEvent(progress, event);
    const status: Status = {
      run_id,
      pipeline,
      state,
      ...(commit !== undefined && { commit }),
      instances: statesOf(progress, state),
    };
    if (args.has('json')) await printJson(io, status);
    else {
      const style = styleFor(io.stdout, io.env);
      const lines = statusLines(status, record.value, args.has('verbose'), style, (id) => {
        const instance = progress.instances.get(id);
        return instance?.work ? describeWork(instance.work, io.clock()) : (instance?.note ?? '');
      });
      await printLines(io, lines);
    }
    return ok(0);
  });
}

function statesOf(progress: Progress, state: RunState): Status['instances'] {
  const over = state !== 'running';
  return [...progress.instances.values()].map((instance) => {
    // A dead driver finished none of its active instances. An instance that waited for a retry counts as failed.
    const ended = instance.state === 'retrying' ? 'failed' : 'cancelled';
    const unfinished = !isFinished(instance.state);
    const { id, frozen } = instance;
    return { id, state: over && unfinished ? ended : instance.state, ...(frozen && { frozen }) };
  });
}

function statusLines(
  status: Status,
  record: RunRecord,
  all: boolean,
  style: Style,
  workOf: (id: InstanceId) => string,
): string[] {
  const counts = new Map<string, number>();
  for (const { state } of status.instances) counts.set(state, (counts.get(state) ?? 0) + 1);
  const total = plural(status.instances.length, 'instance');
  const { commit } = record;
  const frozen = status.instances.filter((each) => each.frozen).length;
  const parts = [...counts]
    .map(
      ([state, n]) => `${n} ${state}${state === 'hit' && frozen > 0 ? ` (${frozen} frozen)` : ''}`,
    )
    .join(', ');
  const lines = [
    `${style.bold(status.pipeline)}: run ${status.run_id} ${stateWord(status.state, style)}`,
    `${record.file}, started ${record.startedAt}${record.state === 'running' ? `, pid ${record.pid} on ${record.host}` : ''}`,
    ...(commit === undefined ? [] : [`commit ${formatCommit(commit)}`]),
    parts === '' ? total : `${total}: ${parts}`,
  ];
  const shown = status.instances.filter(({ state }) => all || LISTED.has(state));
  if (shown.length === 0) return lines;
  const titles = [{ title: 'STATE' }, { title: 'INSTANCE' }, { title: '' }];
  const rows = shown.map((each) => [each.state, each.id, remark(each, workOf)]);
  return [...lines, '', ...table(titles, rows, style.dim)];
}

function remark(
  { id, state, frozen }: Status['instances'][number],
  workOf: (id: InstanceId) => string,
): string {
  if (state === 'running') return workOf(id);
  return frozen ? 'frozen' : '';
}

/** The outcomes to list; the others are counted. */
const LISTED = new Set<string>(['running', 'storing', 'waiting', 'retrying', 'failed']);

function stateWord(state: RunState, style: Style): string {
  if (state === 'ok') return style.green('succeeded');
  if (state === 'running') return style.yellow('is running');
  if (state === 'died') return style.red('died: its process does not exist any more');
  return style.red(state === 'failed' ? 'failed' : 'was interrupted');
}
