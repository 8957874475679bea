import type { Diagnostic, Location } from '../../core/diagnostic.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { suggest } from '../nearest.ts';
import { type Program, readPrograms } from './project-programs.ts';
import { SourceFile } from '../source-file.ts';
import { parseSize } from '../units.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { type Entry, plain } from '../yaml/tree.ts';

/** `flow.yaml`: settings of the project that hold for all its pipelines. */
export interface ProjectSettings {
  readonly cache?: CacheSetting;
  /** Capacities by pool name; memory in bytes. */
  readonly pools: Readonly<Record<string, number>>;
  /** Commands of this project, called as `flow NAME`. */
  readonly commands: readonly Program[];
  /** Checks of this project, for `flow doctor`. */
  readonly doctor: readonly Program[];
  readonly sandbox?: SandboxSettings;
}

export interface CacheSetting {
  /** A folder, relative to the project root. */
  readonly path: string;
  readonly location: Location;
}

/** Additional permissions of stages in a sandbox. */
export interface SandboxSettings {
  readonly network: boolean;
  /**
   * Files and folders that every stage can read: absolute, below ~/, or relative to the project
   * root.
   */
  readonly read: readonly string[];
}

const SETTINGS: readonly string[] = ['cache', 'pools', 'commands', 'doctor', 'sandbox'];

/** Reads `flow.yaml` and reports all mistakes at once. An empty file is valid. */
export function readProjectSettings(
  name: string,
  text: string,
): Result<ProjectSettings, readonly Diagnostic[]> {
  const file = new SourceFile(name, text);
  const { tree, diagnostics } = parseYaml(file);
  if (!tree) return err(diagnostics);
  const found: Diagnostic[] = [];
  const report = (code: string, message: string, entry: Entry, hint: string): void => {
    const location = file.at(entry.keySpan);
    found.push({ code, message, hint, location });
  };
  let cache: CacheSetting | undefined;
  const pools: Record<string, number> = {};
  const programs: Record<'commands' | 'doctor', readonly Program[]> = { commands: [], doctor: [] };
  let sandbox: SandboxSettings | undefined;
  if (tree.kind !== 'map') {
    if (tree.kind === 'scalar' && tree.value === null) return ok({ pools, ...programs });
    const location = file.at(tree.span);
    const hint = 'write SETTING: VALUE, or leave it empty';
    return err([{ code: 'wrong-type', message: 'flow.yaml must be a mapping', hint, location }]);
  }
  for (const entry of tree.entries.values()) {
    const value = plain(entry.value);
    if (entry.key === 'cache') {
      if (typeof value === 'string' && value !== '') {
        cache = { path: value, location: file.at(entry.keySpan) };
      } else
        report('wrong-type', "'cache' must be the path of a folder", entry, 'write cache: cache');
    } else if (entry.key === 'commands' || entry.key === 'doctor') {
      programs[entry.key] = readPrograms(entry.key, entry, file, found);
    } else if (entry.key === 'sandbox') {
      sandbox = sandboxOf(value);
      if (sandbox === undefined) {
        const hint = "sandbox: { network: false, read: ['~/models'] }";
        report('wrong-type', "'sandbox' can only have 'network' (true or false) and 'read' (a list of paths)", entry, hint); // prettier-ignore
      }
    } else if (entry.key === 'pools') {
      if (entry.value.kind !== 'map') {
        const hint = 'write pools: { gpu: 1, memory: 16GB }';
        report('wrong-type', "'pools' must be a mapping of names to sizes", entry, hint);
        continue;
      }
      for (const pool of entry.value.entries.values()) {
        const capacity = capacityOf(pool);
        if (capacity !== undefined) pools[pool.key] = capacity;
        else {
          const hint =
            pool.key === 'memory' ? 'write a size: memory: 8GB' : `write a number: ${pool.key}: 2`;
          report('wrong-type', `this is not a size for pool '${pool.key}'`, pool, hint);
        }
      }
    } else {
      const hint = suggest(entry.key, SETTINGS, 'settings');
      report('unknown-key', `flow.yaml has no setting '${entry.key}'`, entry, hint);
    }
  }
  if (found.length > 0) return err(found);
  return ok({
    pools,
    ...programs,
    ...(cache !== undefined && { cache }),
    ...(sandbox && { sandbox }),
  });
}

function sandboxOf(value: unknown): SandboxSettings | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { network = false, read = [], ...others } = value as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0 || typeof network !== 'boolean') return undefined;
  if (!Array.isArray(read) || !read.every((each) => typeof each === 'string' && each !== '')) {
    return undefined;
  }
  return { network, read };
}

function capacityOf(entry: Entry): number | undefined {
  const value = plain(entry.value);
  if (entry.key === 'memory') {
    return typeof value === 'number' || typeof value === 'string' ? parseSize(value) : undefined;
  }
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
