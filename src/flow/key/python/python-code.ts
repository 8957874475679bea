import { posix } from 'node:path';
import type { Failure } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { ManifestPackage } from '../manifest.ts';
import { digestModules, resolvePyClosure } from './py-closure.ts';
import type { PyClosureOptions, PyRequest } from './py-closure.ts';
import { pythonVariables } from './python-interpreter.ts';
import type { PythonModule } from './python.ts';

/** The code of a py stage: copied below code/ and run from there. */
export interface PythonCode {
  /** Absolute path of the interpreter. */
  readonly executable: string;
  /** `cpython-3.11.7` */
  readonly version: string;
  /** Below code/, for PYTHONPATH. */
  readonly path: readonly string[];
  readonly modules: readonly PythonModule[];
  /** The digest of the listing of the modules. */
  readonly digest: Digest;
}

/**
 * The question of an instance to Python's finders. `paths`: of the files that `code:` names; `env`: where the
 * interpreter is looked for.
 */
export function pythonRequest(
  instance: Instance,
  entry: string,
  paths: readonly string[],
  env: NodeJS.ProcessEnv,
): Result<PyRequest, Failure> {
  if (instance.env.some(({ name }) => name === 'PYTHONPATH')) return err(refusePythonPath(entry));
  return ok({
    entry: posix.normalize(entry),
    code: paths,
    declared: instance.code.length > 0,
    variables: pythonVariables(instance.env, env),
  });
}

/** `closure`: project-relative path -> digest of each module's file. */
export async function pythonCode(
  options: PyClosureOptions,
  request: PyRequest,
): Promise<
  Result<
    {
      readonly python: PythonCode;
      readonly packages: readonly ManifestPackage[];
      readonly byVersion?: Readonly<Record<string, string>>;
      readonly closure: Readonly<Record<string, Digest>>;
    },
    Failure
  >
> {
  const found = await resolvePyClosure(options, request);
  if (!found.ok) return found;
  const { executable, version, path, modules, distributions, byVersion } = found.value;
  return ok({
    python: { executable, version, path, modules, digest: digestModules(modules) },
    packages: distributions,
    ...(Object.keys(byVersion).length > 0 && { byVersion }),
    closure: Object.fromEntries(modules.map((module) => [module.path, module.bytes])),
  });
}

function refusePythonPath(entry: string): Failure {
  return {
    reason: 'code',
    message: `env: cannot declare PYTHONPATH, because flow sets it for ${entry}`,
    hint: "put modules into the script's folder or the project's root, or install them into the Python environment",
  };
}
