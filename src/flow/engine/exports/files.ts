import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Result } from '../../core/result.ts';
import { ok } from '../../core/result.ts';
import { isOneName } from '../../key/files/file-names.ts';
import type { DamagedError, Store, TreeEntry } from '../../store/store.ts';

/**
 * The files and links of an export: path below it ('' for an export that is a file) -> its content. With it,
 * flow knows for each single file whether it or a person wrote it.
 */
export type Files = ReadonlyMap<string, string>;

const linkTo = (target: string): string => `link to ${target}`;

/** No file of an artifact has it, so what has it is a person's: a FIFO, or what cannot be read. */
const OTHER = 'other';

export async function filesOf(
  store: Store,
  artifact: Artifact,
): Promise<Result<Files, DamagedError>> {
  if (artifact.kind === 'file') return ok(new Map([['', artifact.digest]]));
  const entries = await store.list(artifact);
  return entries.ok ? ok(new Map(entries.value.flatMap(contentOf))) : entries;
}

function contentOf(entry: TreeEntry): readonly (readonly [string, string])[] {
  switch (entry.type) {
    case 'file':
      return [[entry.path, entry.digest]];
    case 'link':
      return [[entry.path, linkTo(entry.target)]];
    case 'dir':
      return [];
  }
}

/** What lies in the work tree. Links are not followed. */
export async function filesAt(store: Store, target: string): Promise<Files> {
  const found = new Map<string, string>();
  const visit = async (at: string, below: string): Promise<void> => {
    const stat = lstatOf(at);
    const names = stat?.isDirectory() === true ? namesOf(at) : undefined;
    if (names !== undefined) {
      for (const name of names) {
        const entry = below === '' ? name : `${below}/${name}`;
        if (isOneName(at, name)) await visit(path.join(at, name), entry);
        else found.set(entry, OTHER);
      }
    } else if (stat?.isSymbolicLink() === true) {
      found.set(below, linkTo(readlinkSync(at)));
    } else if (stat?.isFile() === true) {
      const file = await store.contentOf(at);
      found.set(below, file.ok ? file.value.digest : OTHER);
    } else if (stat !== undefined || below !== '') {
      found.set(below, OTHER);
    }
  };
  await visit(target, '');
  return found;
}

/** undefined: this user may not read the folder. */
function namesOf(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

/** undefined: it is not there. */
function lstatOf(at: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(at, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
