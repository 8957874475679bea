import path from 'node:path';
import type { Instance } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';
import type { Job, Wrapper } from '../process/executor.ts';
import { plainPath } from './plain-path.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';

export interface JobInput {
  readonly ctx: EngineContext;
  readonly instance: Instance;
  readonly action: ResolvedAction;
  /** The folder of the action. Absolute, as `log`. */
  readonly scratch: string;
  readonly log: string;
  /** Ids of the devices of the pool gpu that it can use. */
  readonly devices: readonly string[];
  /** Values by name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  /** The wrapper in which argv runs the command of the stage. */
  readonly wrapper?: Wrapper;
  /** Additional environment that the wrapper needs. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The job of a prepared action. */
export function jobOf(input: JobInput): Job {
  const { instance, scratch, log, secrets, argv, wrapper, env } = input;
  const [stdout] = instance.probe ? instance.outputs : [];
  return {
    argv,
    scratch,
    env: { ...environment(input), ...secrets, ...env },
    log,
    // A probe asks about the machine and the project. In a sandbox, the project is not visible
    // there.
    ...(instance.probe && wrapper === undefined && { cwd: input.ctx.root }),
    secrets: Object.values(secrets),
    ...(wrapper !== undefined && { wrapper }),
    ...(stdout !== undefined && { stdout: path.join(scratch, 'out', stdout.path) }),
    ...(instance.timeoutMs !== undefined && { timeoutMs: instance.timeoutMs }),
  };
}

/**
 * The environment of a stage's process. It gets nothing else from the environment of the driver.
 */
function environment({
  ctx,
  instance,
  action,
  scratch,
  devices,
}: JobInput): Record<string, string> {
  const result: Record<string, string> = {
    TMPDIR: path.join(ctx.store.scratch.shortPath(scratch), 'tmp'),
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    FLOW_STAGE: instance.probe ? path.join(scratch, 'stage.json') : 'stage.json',
    FLOW_EVENTS: instance.probe ? path.join(scratch, 'events.ndjson') : 'events.ndjson',
  };
  const plain = plainPath(ctx, scratch);
  // Git would find the repository of the project, of which the key knows nothing.
  if (!instance.probe) result['GIT_CEILING_DIRECTORIES'] = path.dirname(plain);
  // Else a stage that is killed would lose what it printed, and flow log -f would show nothing meanwhile.
  if (!instance.env.some(({ name }) => name === 'PYTHONUNBUFFERED')) {
    result['PYTHONUNBUFFERED'] = '1';
  }
  const { python } = action.code;
  if (python !== undefined) {
    // Absolute, so that a stage can change its working directory.
    const folders = python.path.map((folder) => path.join(plain, 'code', folder));
    result['PYTHONPATH'] = folders.join(path.delimiter);
    // Otherwise the order of a set of strings differs between processes.
    result['PYTHONHASHSEED'] = '0';
  }
  for (const name of ['PATH', 'HOME', ...instance.env.map((variable) => variable.name)]) {
    const value = ctx.env[name];
    if (value !== undefined) result[name] = value;
  }
  if (devices.length > 0) result['CUDA_VISIBLE_DEVICES'] = devices.join(',');
  return result;
}
