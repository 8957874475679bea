import { realpathSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { RunEvent } from '../../core/events.ts';
import type { ActionKey, InstanceId } from '../../core/ids.ts';
import { stageOf } from '../../core/names.ts';
import type { RunHandle } from '../../store/records/runs.ts';
import type { EngineContext } from '../context.ts';
import type { Emit } from '../emit.ts';
import { placeExports } from '../exports/place-exports.ts';
import { exitCodeOf } from '../interrupts.ts';
import type { InterruptSignal } from '../interrupts.ts';
import { endStrays } from '../process/escapees.ts';
import { LOCAL, openExecutor } from '../process/open-executor.ts';
import { capacities, Devices, tooLargeDemands } from '../schedule/pools.ts';
import {
  missingSecretHint,
  missingSecretMessage,
  missingSecrets,
} from '../secrets/missing-secrets.ts';
import { ActionResolver } from '../survey/resolve-action.ts';
import { SurveyMemo } from '../survey/survey-memo.ts';
import { forcedBy, surveyToUse } from '../survey/survey.ts';
import type { Surveyed } from '../survey/survey.ts';
import { projectCommit } from './commit.ts';
import { Driver } from './driver.ts';
import type { RunOptions, RunOutcome } from './options.ts';
import { estimatePriorities } from './priorities.ts';
import { createRecord } from './record.ts';
import { lacksRoom } from './room-for-sources.ts';
import { RunState } from './run-state.ts';

const NOT_RECORDED = 'the cache is read-only for this user, so flow does not record this run';

const NOTHING_TO_FORCE =
  '--force had nothing to overwrite: it only replaces files at the places of exports. To run a stage again, use --rerun STAGE';

/**
 * Runs the instances that are not in the cache and places the exports. Events and the summary report what goes
 * wrong with an instance. The promise rejects only if flow cannot write to the cache, or by a bug.
 */
export async function run(project: EngineContext, options: RunOptions): Promise<RunOutcome> {
  const startedAt = project.clock();
  // Before their folders are gone, by which they are known.
  await endStrays(project.store.abandoned());
  project.store.sweep();
  const { record, handle } = await createRecord(project, startedAt);
  const ctx: EngineContext = { ...project, run: handle.id };
  const emit = emitter(ctx, options, handle);
  const instances = ctx.dag.instances.map(({ id, stage }) => ({ id, stage }));
  emit({ type: 'run-started', run: handle.id, pipeline: ctx.dag.name, instances });
  if (ctx.store.isReadOnly) emit({ type: 'warning', code: 'no-record', message: NOT_RECORDED });

  let interruptedBy: InterruptSignal | undefined;
  let driver: Driver | undefined;
  let listening: (() => void) | undefined;
  const interrupted = new Promise<ReadonlyMap<InstanceId, Surveyed>>((resolve) => {
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
  const executor = openExecutor(options.executor ?? LOCAL);
  let isLost = false;
  void executor.lost.then((message) => {
    isLost = true;
    emit({ type: 'warning', code: 'executor-lost', message });
    driver?.stop();
  });
  let finished = false;
  try {
    const resolver = new ActionResolver(ctx);
    const memo = await SurveyMemo.open(ctx);
    // A survey may hash gigabytes of sources: an interrupt does not wait for it.
    const surveyed = await Promise.race([
      surveyToUse(ctx, resolver, memo, options.force),
      interrupted,
    ]);
    const demands = ctx.dag.instances.map((instance) => instance.pool);
    const pools = capacities(demands, options.jobs, options.pools, totalmem());
    const left = [...surveyed.values()].filter(({ state }) => state !== 'hit').length;
    const toRun = ctx.dag.instances.filter(({ id }) => surveyed.get(id)?.state !== 'hit');
    for (const missing of interruptedBy === undefined ? missingSecrets(toRun, ctx.env) : []) {
      const message = `${missingSecretMessage(missing)}: ${missingSecretHint(missing.name)}`;
      emit({ type: 'warning', code: 'missing-secret', message });
    }
    if (left > 0) {
      for (const message of tooLargeDemands(ctx.dag.instances, pools)) {
        emit({ type: 'warning', code: 'pool-too-small', message });
      }
    }
    const noRoom = left > 0 ? await lacksRoom(ctx, surveyed, resolver) : undefined;
    if (noRoom !== undefined) emit({ type: 'warning', code: 'no-room', message: noRoom });
    else if (left > 0) executor.prepare();
    const { ranks, expected } = await estimatePriorities(ctx.dag, surveyed, ctx.runs);
    if (Object.keys(expected).length > 0) emit({ type: 'expected', seconds: expected, pools });
    const { failure, force = [], sandbox, keepFailed = false } = options;
    const { dag, clock } = ctx;
    const forced = forcedBy(surveyed, force);
    const state = new RunState({ dag, surveyed, pools, ranks, failure, force: forced, clock });
    const devices = new Devices(pools['gpu'] ?? 0, ctx.env['CUDA_VISIBLE_DEVICES']);
    const tools = { store: ctx.store, resolver, memo };
    driver = new Driver({
      ctx,
      state,
      tools,
      executor,
      handle,
      devices,
      sandbox,
      keepFailed,
      emit,
    });
    if (noRoom !== undefined) driver.stop();
    const running = driver.run();
    // After the first stages, which it must not keep waiting.
    const commit = left > 0 ? turn().then(() => projectCommit(ctx.root, ctx.env)) : undefined;
    if (interruptedBy !== undefined) driver.stop();
    await running;
    await executor.close();

    const placed =
      options.exports !== false && state.allDone
        ? await placeExports(
            ctx,
            (id) => state.work.made(id),
            options,
            emit,
            () => interruptedBy !== undefined,
          )
        : { ok: true, forced: true, exports: [] };
    if (options.forceExports && !placed.forced) {
      emit({ type: 'warning', code: 'nothing-to-force', message: NOTHING_TO_FORCE });
    }
    keepFrozen(ctx, (id) => state.work.made(id)?.key);
    const known = await commit;
    const wallMs = ctx.clock() - startedAt;
    const summary = state.summary(handle.id, wallMs, placed.ok);
    emit({ type: 'run-finished', ok: summary.ok, wallMs });
    // From here on a signal ends the process: its event would find the record closed.
    listening?.();
    finished = true;
    await handle.finish({
      ...record,
      state: interruptedBy === undefined ? (summary.ok ? 'ok' : 'failed') : 'interrupted',
      ...(known !== undefined && { commit: known }),
      summary,
      exports: placed.exports,
    });
    await memo.save();
    if (interruptedBy !== undefined) return { summary, exitCode: exitCodeOf[interruptedBy] };
    if (noRoom !== undefined) return { summary, exitCode: 2 };
    return { summary, exitCode: isLost ? 3 : summary.ok ? 0 : 1 };
  } finally {
    await executor.close();
    damage();
    listening?.();
    if (!finished) await handle.finish({ ...record, state: 'failed' });
  }
}

/** So that gc keeps the results of frozen stages, also when their runs are gone. */
function keepFrozen(
  { dag, store, root, pipelineFile }: EngineContext,
  keyOf: (id: InstanceId) => ActionKey | undefined,
): void {
  const pipeline = path.join(realpathSync(root), pipelineFile);
  const known = new Map([...dag.instances, ...(dag.idle?.instances ?? [])].map((each) => [each.stage, each.freeze === true])); // prettier-ignore
  // Of a stage that this run does not know, the earlier result still counts.
  const earlier = Object.entries(store.frozen.of(pipeline)).filter(
    ([id]) => known.get(stageOf(id)) === true,
  );
  const now = dag.instances.flatMap(({ id, freeze }): [string, ActionKey][] => {
    const key = freeze === true ? keyOf(id) : undefined;
    return key === undefined ? [] : [[id, key]];
  });
  store.frozen.set(pipeline, Object.fromEntries([...earlier, ...now]));
}

/** Sends events to the run's record and to the view. Warns once if the record lacks events. */
function emitter(ctx: EngineContext, options: RunOptions, handle: RunHandle): Emit {
  let lost: string | undefined;
  return (event) => {
    const timed = { at: ctx.clock(), ...event } as RunEvent;
    handle.appendEvent(timed);
    options.emit(timed);
    if (lost !== undefined || handle.lost() === undefined) return;
    lost = handle.lost();
    const message = `the record of this run is incomplete, because flow could not write all events: ${lost}`;
    options.emit({ at: timed.at, type: 'warning', code: 'no-record', message });
  };
}
