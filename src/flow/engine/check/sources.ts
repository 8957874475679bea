import { readdirSync, statSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { Diagnostic, Location } from '../../core/diagnostic.ts';
import { DEFAULT_EXCLUDE, excludedBy } from '../../key/files/exclude.ts';
import type { Excluded } from '../../key/files/glob.ts';
import type { Dag, Input } from '../../pipeline/dag.ts';
import { nearest } from '../../pipeline/nearest.ts';
import { holdsCache } from '../../store/cas/ingest.ts';
import { scan } from '../../store/cas/scan.ts';
import { errorCode } from '../../core/system-error.ts';

/** Sources that do not exist, or are folders with something that cannot be read. Each path once. */
export async function checkSources(
  dag: Dag,
  root: string,
  cache: string,
): Promise<readonly Diagnostic[]> {
  const sources = new Map<string, Extract<Input, { kind: 'source' }>>();
  for (const instance of dag.instances) {
    for (const input of instance.inputs) {
      if (input.kind === 'source' && !sources.has(input.path)) sources.set(input.path, input);
    }
  }
  const checked = await Promise.all(
    [...sources.values()].map((source) => check(source, root, cache)),
  );
  return checked.filter((diagnostic) => diagnostic !== undefined);
}

async function check(
  { path: source, location, exclude }: Extract<Input, { kind: 'source' }>,
  root: string,
  cache: string,
): Promise<Diagnostic | undefined> {
  const absolute = path.resolve(root, source);
  const code = trouble(absolute);
  const shown = `source '${asWritten(source)}'`;
  if (holdsCache(absolute, cache)) {
    return {
      code: 'unreadable-source',
      message: `${shown} contains flow's cache, which changes while flow reads it`,
      hint: 'choose another folder, or move the cache with --cache, FLOW_CACHE or flow.yaml',
      location,
    };
  }
  if (code === undefined) {
    return checkInside(absolute, shown, location, excludedBy(exclude ?? DEFAULT_EXCLUDE));
  }
  if (code === 'EACCES') {
    return {
      code: 'unreadable-source',
      message: `flow cannot read ${shown}: this user may not enter a folder on its path`,
      hint: 'allow this user to enter (x) all folders on the path, or move the source',
      location,
    };
  }
  const target = await readlink(absolute).catch(() => undefined);
  if (target !== undefined) {
    const leads = code === 'ELOOP' ? 'which leads back to itself' : 'which does not exist';
    return {
      code: 'missing-source',
      message: `${shown} is a link to ${target}, ${leads}`,
      hint: 'change the link to an existing file or folder',
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

/** A broken link or a loop, a FIFO, a folder that may not be read. */
function checkInside(
  absolute: string,
  shown: string,
  location: Location,
  excluded: Excluded,
): Diagnostic | undefined {
  if (isPlain(absolute)) return undefined;
  const scanned = scan(absolute, 'follow', excluded);
  if (scanned.ok) return undefined;
  return {
    code: 'unreadable-source',
    message: `${shown}: ${scanned.error.message}`,
    hint: 'remove it, replace it by a file or folder, or move it out of the source folder',
    location,
  };
}

/**
 * Whether there are only files and folders. Uses the types of the names, so it does not stat the
 * files of a large folder.
 */
function isPlain(at: string): boolean {
  const stat = statSync(at);
  return stat.isDirectory() ? isPlainFolder(at) : stat.isFile();
}

function isPlainFolder(at: string): boolean {
  try {
    return readdirSync(at, { withFileTypes: true }).every((entry) =>
      entry.isDirectory() ? isPlainFolder(path.join(at, entry.name)) : entry.isFile(),
    );
  } catch {
    return false;
  }
}

/** Synchronous, because a stat costs less than a turn of the event loop. */
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
  const base = path.isAbsolute(source) ? '' : ', which is relative to the project root';
  return folderExists
    ? `create it or correct the path${base}`
    : `create its folder or correct the path${base}`;
}

/** A relative source begins with ./ or ../ in a pipeline file. */
function asWritten(source: string): string {
  return path.isAbsolute(source) || source.startsWith('.') ? source : `./${source}`;
}
