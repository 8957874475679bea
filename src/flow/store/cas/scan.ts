import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../core/result.ts';
import { err, ok } from '../../core/result.ts';
import type { IngestError } from '../store.ts';
import type { Excluded } from '../../key/files/glob.ts';
import { isOneName } from '../../key/files/file-names.ts';
import { linkEnd } from './link-end.ts';
import { errorCode, messageOf } from '../../core/system-error.ts';

/** A file or folder on disk, before hashing. */
export type Scan =
  | { readonly kind: 'file'; readonly file: ScannedFile }
  | {
      readonly kind: 'tree';
      readonly files: readonly ScannedFile[];
      /** Empty folders. */
      readonly dirs: readonly string[];
      readonly links: ReadonlyMap<string, string>;
    };

export interface ScannedFile {
  /** Relative to the tree, with `/`; empty for a single file. */
  readonly path: string;
  readonly absolute: string;
  readonly exec: boolean;
  readonly size: number;
  readonly stat: BigIntStats;
}

/** Outputs keep links, which must stay inside. In sources, flow follows links and refuses loops. */
export type Links = 'keep' | 'follow';

class Refused extends Error {
  readonly error: IngestError;
  constructor(code: IngestError['code'], path: string, message: string) {
    super(message);
    this.error = { code, path, message };
  }
}

export function scan(
  path: string,
  links: Links,
  excluded: Excluded = () => false,
): Result<Scan, IngestError> {
  try {
    const stat = statOf(path, links);
    if (!stat.isDirectory()) return ok({ kind: 'file', file: scannedFile('', path, stat) });
    const found = { files: [], dirs: [], links: new Map<string, string>() };
    scanFolder(path, '', found, { links, excluded }, [inode(stat)]);
    refuseBadLinks(path, found.links);
    return ok({ kind: 'tree', ...found });
  } catch (error) {
    return err(error instanceof Refused ? error.error : ingestError(path, error));
  }
}

interface How {
  readonly links: Links;
  readonly excluded: Excluded;
}

interface Found {
  readonly files: ScannedFile[];
  readonly dirs: string[];
  readonly links: Map<string, string>;
}

/** `above`: device and inode of the parent folders, to find a link back to one of them. */
function scanFolder(
  folder: string,
  prefix: string,
  found: Found,
  how: How,
  above: readonly string[],
): void {
  const { links, excluded } = how;
  const entries = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => !excluded(prefix + entry.name, entry.isDirectory()),
  );
  if (entries.length === 0 && prefix !== '') found.dirs.push(prefix.slice(0, -1));
  for (const entry of entries) {
    const absolute = join(folder, entry.name);
    const path = prefix + entry.name;
    if (!isOneName(folder, entry.name)) {
      throw new Refused('unreadable', absolute, `the name of ${absolute} is not valid UTF-8`);
    }
    if (entry.isSymbolicLink() && links === 'keep') {
      found.links.set(path, readlinkSync(absolute));
      continue;
    }
    const stat = statOf(absolute, links);
    if (!stat.isDirectory()) {
      found.files.push(scannedFile(path, absolute, stat));
      continue;
    }
    const id = inode(stat);
    if (above.includes(id)) {
      throw new Refused(
        'link-loop',
        absolute,
        `${absolute} leads back to a folder that contains it`,
      );
    }
    scanFolder(absolute, `${path}/`, found, how, [...above, id]);
  }
}

function statOf(path: string, links: Links): BigIntStats {
  const bigint = true;
  try {
    return links === 'keep' ? lstatSync(path, { bigint }) : statSync(path, { bigint });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ELOOP')
      throw new Refused('link-loop', path, `${path} is a link that leads to itself`);
    if (code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
      const target = readlinkSync(path);
      throw new Refused('missing', path, `${path} is a link to ${target}, which does not exist`);
    }
    throw error;
  }
}

const inode = (stat: BigIntStats): string => `${stat.dev}:${stat.ino}`;

function scannedFile(path: string, absolute: string, stat: BigIntStats): ScannedFile {
  if (stat.isSymbolicLink()) {
    const message = `${absolute} is a symbolic link; use the file or folder itself`;
    throw new Refused('escaping-link', absolute, message);
  }
  if (!stat.isFile()) throw new Refused('special-file', absolute, `${absolute} is ${nameOf(stat)}`);
  return { path, absolute, exec: (stat.mode & 0o100n) !== 0n, size: Number(stat.size), stat };
}

function nameOf(stat: BigIntStats): string {
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}

function refuseBadLinks(root: string, links: ReadonlyMap<string, string>): void {
  for (const [path, target] of links) {
    const end = linkEnd(path, links);
    const absolute = join(root, path);
    if (end === 'escapes') {
      const message = `${absolute} is a link to ${target}, outside its folder`;
      throw new Refused('escaping-link', absolute, message);
    }
    if (end === 'loop') {
      throw new Refused('link-loop', absolute, `${absolute} is a link that leads to itself`);
    }
  }
}

/** A system error while storing, with a message that says what to do. */
export function ingestError(path: string, error: unknown): IngestError {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return { code: 'missing', path, message: `${path} does not exist` };
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return { code: 'no-space', path, message: `no space left to store ${path}` };
  }
  // The error would contain the path, which has thousands of bytes.
  const why =
    code === 'ENAMETOOLONG' ? 'a path in it is too long for this system' : messageOf(error);
  return { code: 'unreadable', path, message: `cannot read ${path}: ${why}` };
}
