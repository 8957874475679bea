import path from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { Digest, InstanceId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { Explanation } from '../engine/explain/explain-instance.ts';
import { explainRecorded } from '../engine/explain/explain-recorded.ts';
import type { Change } from '../key/explain.ts';
import { isDigest } from '../key/digest.ts';
import type { ChangedFolder, ChangedText, Detail } from '../report/changes/changes.ts';
import { foldCauses } from '../report/changes/explanation.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { TreeEntry } from '../store/store.ts';
import { fileText, storedText } from '../store/stored-text.ts';
import type { View } from './view.ts';

/** An explanation with the texts and folders that changed. */
export interface DetailedExplanation extends Explanation {
  readonly detail: Detail;
  /** For the first of each group of causes, of the first groups only. */
  readonly causeDetails: readonly Detail[];
}

/** The maximum number of groups of causes with texts: the nearest ones, which come first. */
const MAX_CAUSES = 8;

/** Why an instance ran in a run that has ended. undefined: it has not ended, or its result is not kept. */
export async function explanationAsItWas(
  { context, record }: View,
  id: InstanceId,
  compareNearest = false,
): Promise<Explanation | undefined> {
  const ended = record?.summary?.instances.find((each) => each.id === id);
  return record && ended && explainRecorded(context, record.run_id, ended, compareNearest);
}

/** @param all for every cause, not for one of those that are alike */
export async function withDetail(
  view: View,
  explanation: Explanation,
  all = false,
): Promise<DetailedExplanation> {
  const detail = await changedDetail(view, explanation.changes);
  const causeDetails: Detail[] = [];
  const groups = foldCauses(explanation.causes, all);
  for (const { items } of all ? groups : groups.slice(0, MAX_CAUSES)) {
    causeDetails.push(await changedDetail(view, items[0].changes));
  }
  return { ...explanation, detail, causeDetails };
}

/** The maximum files of one folder with changed lines. */
const MAX_TEXTS = 3;

/** Scripts are in the manifest; files are in the cache by digest, new code perhaps only in the project. */
async function changedDetail(view: View, changes: readonly Change[]): Promise<Detail> {
  const { store } = view;
  const texts: ChangedText[] = [];
  const folders: ChangedFolder[] = [];
  for (const change of changes) {
    const script = change.kind === 'command' && change.name === 'script';
    if (!script && change.kind !== 'code' && change.kind !== 'input') continue;
    const { name } = change;
    const [oldTree, newTree] = [treeOf(change.old), treeOf(change.new)];
    if (oldTree !== undefined && newTree !== undefined) {
      const changed = await changedFiles(store, oldTree, newTree);
      folders.push({ name, files: changed });
      const both = changed.filter(({ sign }) => sign === '~').slice(0, MAX_TEXTS);
      for (const { path: file, old, new: now } of both) {
        if (old === undefined || now === undefined) continue;
        const sides = [await storedText(store, old), await storedText(store, now)];
        texts.push(...asText(path.posix.join(name, file), sides));
      }
      continue;
    }
    const sides = [await textOf(view, change, change.old), await textOf(view, change, change.new)];
    texts.push(...asText(name, sides));
  }
  return { texts, folders: folders.filter(({ files }) => files.length > 0) };
}

function asText(name: string, [old, now]: readonly (string | undefined)[]): ChangedText[] {
  return old === undefined || now === undefined || old === now ? [] : [{ name, old, new: now }];
}

async function textOf(
  { store, context }: View,
  change: Change,
  value: Json | undefined,
): Promise<string | undefined> {
  if (change.kind === 'command') return typeof value === 'string' ? value : undefined;
  const digest = typeof value === 'string' ? value : (value as { digest?: string })?.digest;
  if (digest === undefined || !isDigest(digest)) return undefined;
  const stored = await storedText(store, digest);
  if (stored !== undefined || change.kind !== 'code') return stored;
  return fileText(path.join(context.root, change.name), digest);
}

/** The folder of a manifest's input. */
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
