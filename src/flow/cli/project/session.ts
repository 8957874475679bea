import path from 'node:path';
import { ok, type Result } from '../../core/result.ts';
import type { EngineContext } from '../../engine/context.ts';
import { CodeResolver } from '../../key/code/code-resolver.ts';
import { pythonUnstarted } from '../../key/python/python-unstarted.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { DiskStore } from '../../store/disk-store.ts';
import { isNew } from '../../store/cache-folder.ts';
import { openStore } from '../../store/open-store.ts';
import { RunStore } from '../../store/records/runs.ts';
import { type Args, type Ended, type Io, refuse, type Refusal, usage } from '../args/command.ts';
import { programName } from '../args/command-again.ts';
import { loadDag } from './load-dag.ts';
import { openProject, type Project, refuseCache } from './project.ts';
import { recordTrust } from './trust.ts';

/** A project with its cache open. */
export interface Session {
  readonly io: Io;
  readonly project: Project;
  readonly store: DiskStore;
  readonly runs: RunStore;
}

export interface SessionOptions {
  /** Upgrades a cache of an older layout, without its results. */
  readonly upgrade?: boolean;
  /** The user asks for a program of the project, so for this command it is trusted. */
  readonly starts?: boolean;
  /** The same, and from now on. */
  readonly trusts?: boolean;
}

/** Opens the project and its cache, does the work, and always closes the cache. */
export async function withSession(
  args: Args,
  io: Io,
  pipelineFile: string | undefined,
  work: (session: Session) => Promise<Ended>,
  { upgrade = false, starts = false, trusts = false }: SessionOptions = {},
): Promise<Ended> {
  const misuse = pipelineFile === undefined ? selectionMisuse(args) : undefined;
  if (misuse) return misuse;
  const file = pipelineFile ?? args.value('file');
  const project = await openProject(args, io, file, starts || trusts);
  if (!project.ok) return project;
  // A command that only looks creates no cache.
  if (file === undefined && isNew(project.value.cache)) return noRun(io);
  const opened = await openStore(project.value.cache, { upgrade });
  if (!opened.ok) return refuseCache(opened.error);
  if (trusts) recordTrust(project.value.root, io.env);
  const store = opened.value;
  try {
    return await work({ io, project: project.value, store, runs: new RunStore(store.root) });
  } finally {
    await store.close();
  }
}

/** Options that contradict each other. */
function selectionMisuse(args: Args): Result<never, Refusal> | undefined {
  if (args.has('file')) {
    return args.has('run')
      ? usage('bad-options', '--run and -f cannot be used together')
      : undefined;
  }
  const alone = ['param', 'profile', 'params-file'].find((option) => args.has(option));
  if (alone === undefined) return undefined;
  return usage('bad-options', `--${alone} has no effect without a pipeline`, 'add -f PIPELINE');
}

export function noRun({ env }: Pick<Io, 'env'>): Result<never, Refusal> {
  const hint = `start one with ${programName(env)} run PIPELINE`;
  return refuse(1, { code: 'no-run', message: 'there are no runs', hint });
}

/** A pipeline with the overrides of the command line, ready for the engine. */
export async function pipelineContext(
  args: Args,
  session: Session,
  file: string,
  targets: readonly string[],
): Promise<Result<EngineContext, Refusal>> {
  const { io, project, store } = session;
  const stored = { memo: store.memo, blobs: store };
  const loaded = await loadDag(args, io, { file, targets, root: project.root }, stored);
  if (!loaded.ok) return loaded;
  const { dag, remembered } = loaded.value;
  const pipelineFile = path.relative(project.root, path.resolve(io.cwd, file));
  return ok({ ...engineContext(session, dag, pipelineFile), remembered });
}

/** @param pipelineFile relative to the root */
export function engineContext(session: Session, dag: Dag, pipelineFile: string): EngineContext {
  const { io, project, store, runs } = session;
  const { root, trusted } = project;
  return {
    dag,
    root,
    store,
    code: new CodeResolver({
      root,
      memo: store.memo,
      blobs: store,
      cacheRoot: store.root,
      env: io.env,
      ...(!trusted && { python: pythonUnstarted }),
    }),
    ...(!trusted && { untrusted: true as const }),
    runs,
    clock: io.clock,
    env: io.env,
    pipelineFile,
    argv: io.argv,
    flowVersion: io.version,
  };
}
