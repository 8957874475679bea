import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Diagnostic, Location } from '../core/diagnostic.ts';
import type { Dag } from '../pipeline/dag.ts';
import { nearest } from '../pipeline/nearest.ts';

/** Sources that do not exist, so that nothing runs before the person knows. Each path once. */
export async function checkSources(dag: Dag, root: string): Promise<readonly Diagnostic[]> {
  const locations = new Map<string, Location>();
  for (const instance of dag.instances) {
    for (const input of instance.inputs) {
      if (input.kind === 'source' && !locations.has(input.path)) {
        locations.set(input.path, input.location);
      }
    }
  }
  const checked = await Promise.all(
    [...locations].map(([source, location]) => check(source, location, root)),
  );
  return checked.filter((diagnostic) => diagnostic !== undefined);
}

async function check(
  source: string,
  location: Location,
  root: string,
): Promise<Diagnostic | undefined> {
  const absolute = path.resolve(root, source);
  const missing = await stat(absolute).then(
    () => false,
    () => true,
  );
  if (!missing) return undefined;
  const folder = path.dirname(absolute);
  const siblings = await readdir(folder).catch(() => undefined);
  const near = nearest(path.basename(absolute), siblings ?? []);
  return {
    code: 'missing-source',
    message: `source '${asWritten(source)}' does not exist`,
    hint: hint(asWritten(source), near, siblings !== undefined),
    location,
  };
}

function hint(source: string, near: string | undefined, folderExists: boolean): string {
  if (near !== undefined) {
    const prefix = source.slice(0, source.replace(/\/+$/u, '').lastIndexOf('/') + 1);
    return `did you mean '${prefix}${near}'?`;
  }
  const base = path.isAbsolute(source) ? '' : '; it is relative to the project root';
  return folderExists ? `create it or correct the path${base}` : `its folder does not exist${base}`;
}

/** A relative source begins with ./ or ../ in a pipeline file. */
function asWritten(source: string): string {
  return path.isAbsolute(source) || source.startsWith('.') ? source : `./${source}`;
}
