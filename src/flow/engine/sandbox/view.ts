import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { readsProbe } from '../../key/reads-probe.ts';
import { readInstalledPackages } from '../../key/code/packages.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';
import type { ResolvedAction, TracedInput } from '../survey/resolve-action.ts';
import { toolchains } from './toolchains.ts';

/**
 * The declared files of a stage and its working folders: everything that it can see except the
 * system. Absolute paths.
 */
export interface View {
  readonly root: string;
  readonly cache: string;
  /** The path in HOME, and its real path. */
  readonly homes: readonly string[];
  /** Written to. */
  readonly scratch: string;
  /** Written to. */
  readonly checkpoint: string;
  /** A short path of the folder that holds the scratch folder, for TMPDIR. */
  readonly short: string;
  /** The folders to which the links in the scratch folder's `in` lead. */
  readonly inputs: readonly string[];
  /** Declared sources, in their original places. */
  readonly sources: readonly string[];
  /** Installed packages that are in the key, relative to the root: node_modules/x. */
  readonly packages: readonly string[];
  /** Files that every stage can read: see toolchains.ts. */
  readonly toolchains: readonly string[];
}

export function viewOf(
  ctx: EngineContext,
  instance: Instance,
  action: ResolvedAction,
  at: Pick<View, 'scratch' | 'checkpoint' | 'inputs'>,
): View {
  const home = ctx.env['HOME'];
  const root = realpathSync(ctx.root);
  const homes =
    home === undefined || !path.isAbsolute(home) ? [] : [...new Set([home, real(home)])];
  return {
    root,
    cache: realpathSync(ctx.store.root),
    homes,
    scratch: realpathSync(at.scratch),
    checkpoint: realpathSync(at.checkpoint),
    short: path.dirname(ctx.store.scratch.shortPath(at.scratch)),
    inputs: at.inputs.map((folder) => realpathSync(folder)),
    sources: [...action.inputs.values()].flat().flatMap((input) => sourcesOf(input, root)),
    packages: packagesOf(instance, action, root),
    toolchains: [
      ...toolchains(ctx.env['PATH'], interpretersOf(action), [root, ...homes]),
      ...userSites(action, homes),
      ...linkedPackages(action, at.scratch),
    ],
  };
}

function interpretersOf({ code }: ResolvedAction): readonly string[] {
  const { python } = code;
  return [process.execPath, ...(python ? [python.executable, real(python.executable)] : [])];
}

/** Where pip puts what a person installs for themselves; of a py stage its distributions are in the key. */
function userSites({ code }: ResolvedAction, homes: readonly string[]): readonly string[] {
  const version = /^cpython-(\d+\.\d+)/.exec(code.python?.version ?? '')?.[1];
  if (version === undefined) return [];
  return homes
    .map((home) => path.join(home, '.local', 'lib', `python${version}`))
    .filter((folder) => existsSync(folder));
}

/** The folder of the run to which the `node_modules` of a ts stage leads. */
function linkedPackages({ code }: ResolvedAction, scratch: string): readonly string[] {
  if (code.bundle === undefined) return [];
  return [path.dirname(realpathSync(path.join(scratch, 'node_modules')))];
}

function sourcesOf({ origin }: TracedInput, root: string): readonly string[] {
  if (!('source' in origin)) return [];
  const file = path.resolve(root, origin.source);
  return [...new Set([file, real(file)])];
}

function real(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

/**
 * Those of the manifest. An optional package is left out of the key of a stage that reads a probe, since
 * the probe's artifact says what it uses; a probe's own key holds all that is installed.
 */
function packagesOf(instance: Instance, action: ResolvedAction, root: string): readonly string[] {
  if (action.code.python !== undefined) return [];
  if (instance.probe) return existsSync(path.join(root, 'node_modules')) ? ['node_modules'] : [];
  const keyed = action.manifest.packages ?? [];
  if (keyed.length === 0) return [];
  const installed = readInstalledPackages(root);
  const optional = readsProbe(instance) ? installed.closure(installed.optional, new Set()) : [];
  return installed.folders([...keyed, ...optional]);
}
