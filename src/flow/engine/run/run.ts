import { errorCode } from '../../core/system-error.ts';
import { hostname } from 'node:os';
import type { RunEvent } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { newRunId } from '../../store/records/run-id.ts';
import type { RunHandle } from '../../store/records/runs.ts';
import type { EngineContext } from '../context.ts';
import type { Emit, Untimed } from '../emit.ts';
import type { InterruptSignal } from '../interrupts.ts';
import type { RunOptions, RunOutcome } from './options.ts';
import { Driver } from './driver.ts';
import { endStrays } from '../process/escapees.ts';
import { placeExports } from '../exports/place-exports.ts';
import { exitCodeOf } from '../interrupts.ts';
import { Ledger } from './ledger.ts';
import { LocalExecutor } from '../process/local-executor.ts';
import { thisMachine } from './machine.ts';
import { storeDag, surveyToUse } from '../survey/survey.ts';
import { SurveyMemo } from '../survey/survey-memo.ts';
import type { Surveyed } from '../survey/survey.ts';
import { Performer } from './performer.ts';
import { capacities, Devices, poolWarnings } from '../schedule/pools.ts';
import { outlook } from './priorities.ts';
import { ActionResolver } from '../survey/resolve-action.ts';

/**
 * Runs what is not in the cache and places the exports. What can go wrong with an instance is told by
 * events and the summary; it rejects only when the cache cannot be written, or by a bug.
 */
export async function run(ctx: EngineContext, options: RunOptions): Promise<RunOutcome> {
  const startedAt = ctx.clock();
  // Before their folders are gone, by which they are known.
  await endStrays(ctx.store.abandoned());
  ctx.store.sweep();
  const { record, handle } = await createRecord(ctx, startedAt);
  let lost: string | undefined;
  const emit: Emit = (event) => {
    const timed = { at: ctx.clock(), ...event } as RunEvent;
    handle.appendEvent(timed);
    options.emit(timed);
    if (lost !== undefined || handle.lost() === undefined) return;
    lost = handle.lost();
    const message = `events of this run are missing from its record: ${lost}`;
    options.emit({ at: timed.at, type: 'warning', code: 'no-record', message });
  };
  const instances = ctx.dag.instances.map(({ id, stage }) => ({ id, stage }));
  emit({ type: 'run-started', run: handle.id, pipeline: ctx.dag.name, instances });

  let interruptedBy: InterruptSignal | undefined;
  let driver: Driver | undefined;
  let listening: (() => void) | undefined;
  const interrupted = new Promise<Survey>((resolve) => {
    listening = options.interrupts?.on((signal) => {
      if (interruptedBy === undefined) emit({ type: 'interrupted', signal });
      interruptedBy ??= signal;
      resolve(new Map());
      driver?.stop();
    });
  });
  const damage = ctx.store.onDamage(({ message }) =>
    emit({ type: 'warning', code: 'damaged', message }),
  );
  const executor = new LocalExecutor(ctx.env, ctx.clock);
  let finished = false;
  try {
    const ledger = new Ledger(emit, ctx.clock);
    const resolver = new ActionResolver(ctx);
    const memo = await SurveyMemo.open(ctx);
    // A survey may hash gigabytes of sources: an interrupt does not wait for it.
    const surveyed = await Promise.race([
      surveyToUse(ctx, resolver, memo, options.force),
      interrupted,
    ]);
    const demands = ctx.dag.instances.map((instance) => instance.pool);
    const pools = capacities(demands, options.jobs, options.pools);
    const left = [...surveyed.values()].filter(({ state }) => state !== 'hit').length;
    if (left > 0) {
      for (const warning of poolWarnings(ctx.dag, pools)) emit(warning);
      void executor.prepare(left);
    }
    const devices = new Devices(pools['gpu'] ?? 0, ctx.env['CUDA_VISIBLE_DEVICES']);
    const performer = new Performer(ctx, executor, handle, devices, emit, options.sandbox);
    const { ranks, expected } = await outlook(ctx.dag, surveyed, ctx.runs);
    if (Object.keys(expected).length > 0) emit({ type: 'expected', seconds: expected, pools });
    driver = new Driver({
      ctx,
      options,
      pools,
      ranks,
      tools: { store: ctx.store, resolver, memo },
      surveyed,
      performer,
      ledger,
      emit,
    });
    const running = driver.run();
    if (interruptedBy !== undefined) driver.stop();
    await running;
    const strays = await executor.close();
    if (strays > 0) emit(leftBehind(strays));

    const made = driver;
    const wanted = options.exports !== false && ledger.allDone(ctx.dag);
    const placed = wanted
      ? await placeExports(
          ctx,
          (id) => made.made(id),
          options.forceExports,
          emit,
          () => interruptedBy !== undefined,
        )
      : { ok: true, exports: [] };
    const summary = ledger.summary(ctx.dag, handle.id, startedAt, placed.ok);
    const state = interruptedBy === undefined ? (summary.ok ? 'ok' : 'failed') : 'interrupted';
    emit({ type: 'run-finished', ok: summary.ok, wallMs: ctx.clock() - startedAt });
    // From here on a signal ends the process: its event would find the record closed.
    listening?.();
    finished = true;
    await handle.finish({ ...record, state, summary, exports: placed.exports });
    await memo.save();
    if (interruptedBy !== undefined) return { summary, exitCode: exitCodeOf[interruptedBy] };
    return { summary, exitCode: summary.ok ? 0 : 1 };
  } finally {
    await executor.close();
    damage();
    listening?.();
    if (!finished) await handle.finish({ ...record, state: 'failed' });
  }
}

function leftBehind(count: number): Untimed {
  const what = count === 1 ? '1 process' : `${count} processes`;
  const message = `ended ${what} that stages had left behind, with nothing of theirs but the run's mark`;
  return { type: 'warning', code: 'left-behind', message };
}

type Survey = ReadonlyMap<InstanceId, Surveyed>;

/** The record of a run that has begun, so that `flow status` finds it and a crash leaves a trace. */
async function createRecord(
  ctx: EngineContext,
  startedAt: number,
): Promise<{ readonly record: RunRecord; readonly handle: RunHandle }> {
  const base = {
    version: 1,
    pipeline: ctx.dag.name,
    root: ctx.root,
    file: ctx.pipelineFile,
    params: ctx.dag.params,
    argv: ctx.argv,
    state: 'running',
    startedAt: new Date(startedAt).toISOString(),
    host: hostname(),
    pid: process.pid,
    machine: thisMachine(ctx.flowVersion),
    ...(ctx.dag.files !== undefined && { files: ctx.dag.files }),
    dag: ctx.remembered?.digest ?? (await storeDag(ctx)),
  } as const;
  for (;;) {
    const [newest] = await ctx.runs.list();
    const record: RunRecord = { ...base, run_id: newRunId(new Date(startedAt), newest) };
    try {
      return { record, handle: await ctx.runs.create(record) };
    } catch (error) {
      // Another run began in this second and drew the same number.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}
