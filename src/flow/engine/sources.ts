import { statSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { Diagnostic, Location } from '../core/diagnostic.ts';
import type { Dag } from '../pipeline/dag.ts';
import { nearest } from '../pipeline/nearest.ts';
import { errorCode } from '../store/system-error.ts';

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
  const code = trouble(absolute);
  if (code === undefined) return undefined;
  const shown = `source '${asWritten(source)}'`;
  if (code === 'EACCES') {
    return {
      code: 'unreadable-source',
      message: `${shown} is out of reach: a folder on the way to it may not be entered by this user`,
      hint: 'give the right to enter (x) all folders on the way, or place the source elsewhere',
      location,
    };
  }
  const target = await readlink(absolute).catch(() => undefined);
  if (target !== undefined) {
    const leads = code === 'ELOOP' ? 'which leads back to itself' : 'which does not exist';
    return {
      code: 'missing-source',
      message: `${shown} is a link to ${target}, ${leads}`,
      hint: 'turn the link to a file or folder that exists',
      location,
    };
  }
  const folder = path.dirname(absolute);
  const siblings = await readdir(folder).catch(() => undefined);
  const near = nearest(path.basename(absolute), siblings ?? []);
  return {
    code: 'missing-source',
    message: `${shown} does not exist`,
    hint: hint(asWritten(source), near, siblings !== undefined),
    location,
  };
}

/** At once: a look costs less than a turn of the event loop. */
function trouble(file: string): string | undefined {
  try {
    statSync(file);
    return undefined;
  } catch (error) {
    return errorCode(error) ?? 'unknown';
  }
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
