import { statSync } from 'node:fs';
import type { Artifact } from '../../core/artifact.ts';
import type { ActionKey, Digest } from '../../core/ids.ts';
import type { RunRecord } from '../../core/run-record.ts';
import type { Manifest } from '../../key/manifest.ts';
import type { ActionResult } from '../records/action-result.ts';
import { actionPath } from '../layout.ts';
import type { Lease } from '../process/leases.ts';
import { readLeases } from '../process/leases.ts';
import { frozenKeys } from '../records/frozen-roots.ts';
import type { RunStore } from '../records/runs.ts';
import type { DamagedError, TreeEntry } from '../store.ts';
import type { Result } from '../../core/result.ts';
import type { ForeignWorkspace } from '../process/workspace.ts';
import { workspacesIn } from '../process/workspace.ts';
import {
  blobsIn,
  bytesBelow,
  checkpointsIn,
  folderEntry,
  keptIn,
  memosIn,
} from './census-files.ts';
import type { BlobEntry, MemoEntry, OtherEntry } from './census-files.ts';
import type { RunFacts } from './policy.ts';

/** The content of a cache and its references, as far as gc needs them. */
export interface Census {
  readonly runs: readonly RunEntry[];
  readonly results: readonly ResultEntry[];
  readonly blobs: readonly BlobEntry[];
  /** Listing -> digests of the files that it lists. */
  readonly trees: ReadonlyMap<Digest, readonly Digest[]>;
  readonly checkpoints: readonly OtherEntry[];
  readonly memos: readonly MemoEntry[];
  /** Failed attempts of runs that have ended, by run. */
  readonly kept: readonly OtherEntry[];
  /** Private folders of dead processes. */
  readonly abandoned: readonly OtherEntry[];
  readonly lease: Lease;
  /** Results of stages with `freeze: true`. */
  readonly frozen?: ReadonlySet<ActionKey>;
  /** What is at least this new may be in use by a process that lives. Milliseconds, the file system's clock. */
  readonly horizon: number;
}

export interface RunEntry extends RunFacts {
  readonly keys: readonly ActionKey[];
  /** What its record names in the CAS: its Dag, and the texts that it was read from. */
  readonly blobs: readonly Digest[];
  readonly bytes: number;
}

export interface ResultEntry {
  readonly key: ActionKey;
  readonly instance: string;
  readonly outputs: Readonly<Record<string, Artifact>>;
  /** Of everything that the record names: outputs, inputs, code. */
  readonly digests: readonly Digest[];
  readonly bytes: number;
  /** When it was published. */
  readonly madeAt: number;
}

export interface CacheParts {
  readonly root: string;
  readonly runs: RunStore;
  readonly results: () => AsyncIterable<ActionResult>;
  readonly list: (tree: Artifact) => Promise<Result<readonly TreeEntry[], DamagedError>>;
  /** This process's own workspace, if it has one. */
  readonly own: string | undefined;
}

/** @param now by the file system's clock, milliseconds since the epoch */
export async function takeCensus(parts: CacheParts, now: number, youngMs: number): Promise<Census> {
  const { root } = parts;
  const others = workspacesIn(root).filter(({ folder }) => folder !== parts.own);
  const living = others.filter(({ abandoned }) => !abandoned);
  // Before runs and results are read: what a process relied on that ends meanwhile shows in those.
  const lease = readLeases(living.map(({ folder }) => folder));
  const horizon = Math.min(now - youngMs, ...living.map(({ since }) => since));
  const runs = await runsOf(parts.runs, living);
  const trees = new Map<Digest, readonly Digest[]>();
  const results: ResultEntry[] = [];
  for await (const result of parts.results()) {
    const entry = await resultOf(parts, result, trees);
    if (entry !== undefined) results.push(entry);
  }
  for (const [digest, kind] of lease.artifacts) {
    if (kind === 'tree') await addTree(parts, digest, trees);
  }
  return {
    runs,
    results,
    blobs: blobsIn(root),
    trees,
    checkpoints: checkpointsIn(root),
    memos: memosIn(root),
    kept: keptIn(root, new Set(runs.flatMap(({ id, live }) => (live ? [id] : [])))),
    abandoned: others
      .filter(({ abandoned }) => abandoned)
      .map(({ folder }) => folderEntry(folder, folder.slice(root.length + 1))),
    lease,
    frozen: frozenKeys(root),
    horizon,
  };
}

export async function runsOf(
  store: RunStore,
  living: readonly ForeignWorkspace[],
): Promise<readonly RunEntry[]> {
  const runs: RunEntry[] = [];
  for (const id of await store.list()) {
    const folder = store.folder(id);
    const record = await store.read(id);
    const bytes = bytesBelow(folder);
    const pinned = store.isPinned(id);
    if (record === undefined) {
      const startedAt = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      const unknown = { pipeline: '', file: '', state: 'unreadable', blobs: [] } as const;
      runs.push({ id, ...unknown, startedAt, live: false, pinned, keys: [], bytes });
      continue;
    }
    const { pipeline, state, host, pid } = record;
    const file = `${record.root ?? ''}/${record.file}`;
    const blobs = blobsOf(record);
    // Its process cannot be asked from another host, but its workspace says that it may live.
    const live =
      state === 'running' &&
      (store.isLive(record) ||
        living.some(
          ({ owner }) => owner === undefined || (owner.host === host && owner.pid === pid),
        ));
    const startedAt = Date.parse(record.startedAt) || 0;
    const keys = await store.keys(record);
    runs.push({ id, pipeline, file, state, startedAt, live, pinned, keys, blobs, bytes });
  }
  return runs;
}

/** What a run's record names in the CAS. */
export const blobsOf = ({ dag, files = {} }: RunRecord): readonly Digest[] => [
  dag,
  ...Object.values(files),
];

async function resultOf(
  parts: CacheParts,
  result: ActionResult,
  trees: Map<Digest, readonly Digest[]>,
): Promise<ResultEntry | undefined> {
  const stat = statSync(actionPath(parts.root, result.key), { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const digests = new Set<Digest>();
  for (const artifact of Object.values(result.outputs)) {
    digests.add(artifact.digest);
    if (artifact.kind === 'tree') await addTree(parts, artifact.digest, trees);
  }
  for (const { kind, digest } of inputsOf(result.manifest)) {
    digests.add(digest);
    if (kind === 'tree') await addTree(parts, digest, trees);
  }
  for (const digest of Object.values(result.provenance.codeFiles ?? {})) digests.add(digest);
  const { command } = result.manifest;
  if (command.kind === 'ts') digests.add(command.bundle);
  return {
    key: result.key,
    instance: result.provenance.instance,
    outputs: result.outputs,
    digests: [...digests],
    bytes: stat.size,
    madeAt: stat.mtimeMs,
  };
}

function inputsOf(manifest: Manifest): readonly { kind: Artifact['kind']; digest: Digest }[] {
  return Object.values(manifest.inputs ?? {}).flat();
}

async function addTree(
  { list }: CacheParts,
  digest: Digest,
  trees: Map<Digest, readonly Digest[]>,
): Promise<void> {
  if (trees.has(digest)) return;
  const entries = await list({ kind: 'tree', size: 0, digest });
  const files = entries.ok ? entries.value : [];
  trees.set(
    digest,
    files.flatMap((entry) => (entry.type === 'file' ? [entry.digest] : [])),
  );
}
