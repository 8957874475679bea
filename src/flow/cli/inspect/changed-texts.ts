import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Digest } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import type { Change } from '../../key/explain.ts';
import { isDigest } from '../../key/digest.ts';
import type { ChangedFolder, ChangedText, Detail } from '../../report/explanation.ts';
import type { DiskStore } from '../../store/disk-store.ts';
import type { TreeEntry } from '../../store/store.ts';
import type { Session } from '../project/session.ts';
import { fileText, storedText } from '../../store/stored-text.ts';

/** Files of one folder whose lines are shown. */
const MAX_TEXTS = 3;

/** Scripts are in the manifest; files are in the cache by digest, new code perhaps only in the project. */
export async function changedDetail(session: Session, changes: readonly Change[]): Promise<Detail> {
  const texts: ChangedText[] = [];
  const folders: ChangedFolder[] = [];
  for (const change of changes) {
    const script = change.kind === 'command' && change.name === 'script';
    if (!script && change.kind !== 'code' && change.kind !== 'input') continue;
    const { name } = change;
    const [oldTree, newTree] = [treeOf(change.old), treeOf(change.new)];
    if (oldTree !== undefined && newTree !== undefined) {
      const changed = await changedFiles(session.store, oldTree, newTree);
      folders.push({ name, files: changed });
      const both = changed.filter(({ sign }) => sign === '~').slice(0, MAX_TEXTS);
      for (const { path: file, old, new: now } of both) {
        if (old === undefined || now === undefined) continue;
        const sides = [await storedText(session.store, old), await storedText(session.store, now)];
        texts.push(...asText(path.posix.join(name, file), sides));
      }
      continue;
    }
    const sides = [
      await textOf(session, change, change.old),
      await textOf(session, change, change.new),
    ];
    texts.push(...asText(name, sides));
  }
  return { texts, folders: folders.filter(({ files }) => files.length > 0) };
}

function asText(name: string, [old, now]: readonly (string | undefined)[]): ChangedText[] {
  return old === undefined || now === undefined || old === now ? [] : [{ name, old, new: now }];
}

async function textOf(
  { store, project }: Session,
  change: Change,
  value: Json | undefined,
): Promise<string | undefined> {
  if (change.kind === 'command') return typeof value === 'string' ? value : undefined;
  const digest = typeof value === 'string' ? value : (value as { digest?: string })?.digest;
  if (digest === undefined || !isDigest(digest)) return undefined;
  const stored = await storedText(store, digest);
  if (stored !== undefined || change.kind !== 'code') return stored;
  return fileText(path.join(project.root, change.name), digest);
}

/** The folder that a manifest's input stands for. */
function treeOf(value: Json | undefined): Artifact | undefined {
  const { kind, digest } = (value ?? {}) as { kind?: string; digest?: string };
  return kind === 'tree' && digest !== undefined && isDigest(digest)
    ? { kind: 'tree', size: 0, digest }
    : undefined;
}

interface ChangedFile {
  readonly sign: '-' | '+' | '~';
  readonly path: string;
  readonly old?: Digest;
  readonly new?: Digest;
}

async function changedFiles(
  store: DiskStore,
  old: Artifact,
  now: Artifact,
): Promise<readonly ChangedFile[]> {
  const [before, after] = await Promise.all([store.list(old), store.list(now)]);
  if (!before.ok || !after.ok) return [];
  const known = new Map(before.value.map((entry) => [entry.path, entry]));
  const files: ChangedFile[] = [];
  for (const entry of after.value) {
    const was = known.get(entry.path);
    known.delete(entry.path);
    if (was === undefined) files.push({ sign: '+', path: entry.path });
    else if (JSON.stringify(was) !== JSON.stringify(entry)) {
      files.push({ sign: '~', path: entry.path, ...digests(was, entry) });
    }
  }
  for (const gone of known.keys()) files.push({ sign: '-', path: gone });
  return files;
}

function digests(was: TreeEntry, is: TreeEntry): { old?: Digest; new?: Digest } {
  if (was.type !== 'file' || is.type !== 'file') return {};
  return { old: was.digest, new: is.digest };
}
