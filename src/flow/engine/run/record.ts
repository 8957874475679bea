import { hostname, cpus, release, totalmem } from 'node:os';
import type { Machine, RunRecord } from '../../core/run-record.ts';
import { errorCode } from '../../core/system-error.ts';
import { newRunId } from '../../store/records/run-id.ts';
import type { RunHandle } from '../../store/records/runs.ts';
import type { EngineContext } from '../context.ts';
import { storeDag } from '../survey/survey.ts';

/** The record of a started run, so that `flow status` finds it and a crash leaves a trace. */
export async function createRecord(
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
    if (ctx.store.isReadOnly) return { record, handle: ctx.runs.unrecorded(record) };
    try {
      return { record, handle: await ctx.runs.create(record) };
    } catch (error) {
      // Another run started in this second and has the same number.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** The machine of this process. */
function thisMachine(flow: string): Machine {
  const processors = cpus();
  return {
    os: process.platform,
    release: release(),
    arch: process.arch,
    cpuModel: processors[0]?.model.trim() ?? 'unknown',
    cpus: processors.length,
    memoryBytes: totalmem(),
    node: process.versions.node,
    flow,
  };
}
