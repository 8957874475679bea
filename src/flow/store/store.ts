import type { Artifact } from '../core/artifact.ts';
import type { ActionKey, Digest } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import type { Excluded } from '../key/files/glob.ts';
import type { Damage } from './damage.ts';
import type { Checkpoints } from './process/checkpoints.ts';
import type { Kept } from './records/kept.ts';
import type { Locks } from './process/locks.ts';
import type { Scratch } from './process/scratch.ts';
import type { RecordStamp } from './records/action-records.ts';
import type { ActionResult } from './records/action-result.ts';
import type { FrozenRoots } from './records/frozen-roots.ts';
import type { FileMemo } from './records/memo.ts';

/**
 * Everything that the engine uses of a store. `DiskStore` is the only implementation; its other
 * methods are for commands that show or clean a cache.
 */
export interface Store {
  /** Absolute. */
  readonly root: string;
  /** This user may not write to it. */
  readonly isReadOnly: boolean;

  /** Memos, which can be lost. */
  readonly memo: Pick<FileMemo, 'get' | 'put'>;
  /** What gc keeps for stages with `freeze: true`. */
  readonly frozen: Pick<FrozenRoots, 'of' | 'set'>;
  readonly locks: Pick<Locks, 'acquire' | 'acquireExports'>;
  readonly scratch: Pick<Scratch, 'create' | 'remove' | 'shortPath'>;
  /** The inputs of stages. */
  readonly view: InputView;
  /** Folders of failed attempts. */
  readonly kept: Pick<Kept, 'keep' | 'find'>;
  readonly checkpoints: Pick<Checkpoints, 'open' | 'progressed' | 'drop' | 'setAside'>;

  /**
   * Copies or moves a finished file or folder into the CAS, refusing what a tree may not hold. Then this process
   * can read and materialise it; `publish` waits until it is durable.
   */
  ingest(
    path: string,
    how: IngestHow,
    options?: IngestOptions,
  ): Promise<Result<Artifact, IngestError>>;
  /** Puts bytes that are already in memory (bundles, manifests' text). */
  putBytes(bytes: Uint8Array, exec: boolean): Promise<Artifact>;
  /**
   * Digest and artifact of a source outside the cache. Hashes only what changed, and copies files up to 64 MiB
   * into the CAS. `excluded`: files of a folder that are no part of it.
   */
  source(path: string, excluded?: Excluded): Promise<Result<SourceArtifact, IngestError>>;
  /** Of all recorded results. */
  keys(): readonly ActionKey[];
  /** Copies the large files of a source into the CAS, if they are not there. false: one of them has changed. */
  keepSource(source: SourceArtifact): Promise<boolean>;
  /** The bytes that `keepSource` of all of these would take from the disk. */
  bytesToKeep(sources: Iterable<SourceArtifact>): number;
  /** Are the large files of a source, which a stage has read in their places, still what was hashed? */
  sourceUnchanged(source: SourceArtifact): Promise<boolean>;
  /** What `ingest` would say of a file or folder, without storing it. */
  contentOf(path: string): Promise<Result<Artifact, IngestError>>;

  /** One stat per file. False: use `hasOutputs`, which reads changed files. */
  looksWhole(artifact: Artifact): boolean;
  /** Whether all outputs exist. Reports the first missing one. */
  hasOutputs(instance: string, outputs: ActionResult['outputs']): Promise<boolean>;
  /** Places an artifact at a path that does not exist. */
  materialise(
    artifact: Artifact,
    path: string,
    how: HowPlaced,
  ): Promise<Result<void, DamagedError>>;
  /**
   * After a stage: was what was placed read-only at `path` left as it was? A changed blob is dropped. `sinceMs`:
   * when a stage could first reach it, by the clock of the cache's file system.
   */
  checkUntouched(artifact: Artifact, path: string, sinceMs?: number): Promise<boolean>;
  read(artifact: Artifact): Promise<Result<Uint8Array, DamagedError>>;
  /** The entries of a stored folder. */
  list(tree: Artifact): Promise<Result<readonly TreeEntry[], DamagedError>>;
  /** A writable copy in the work tree, placed at once. */
  checkout(
    artifact: Artifact,
    path: string,
    options: { readonly replace: boolean },
  ): Promise<Result<void, CheckoutError>>;

  /** The recorded result of a key. */
  action(key: ActionKey): Promise<ActionResult | undefined>;
  /** If the stamps are equal and old enough, `action` would read the same bytes. */
  recordStamp(key: ActionKey): RecordStamp | undefined;
  /**
   * Resolves when the record is durable, and all that was ingested before it. First publisher wins; a loser whose
   * bytes differ learns so. `replace`: this result wins over a recorded one. Only for the holder of the key's lock.
   */
  publish(result: ActionResult, replace?: boolean): Promise<Published>;
  /** Flushes at once, because nothing else is running. */
  hurry(): void;
  dropAction(key: ActionKey): Promise<void>;

  /**
   * gc leaves claimed results and artifacts alone until the store is closed. true: something was being removed
   * meanwhile, so look again for what was found before.
   */
  claim(
    keys: Iterable<ActionKey>,
    artifacts?: Iterable<Pick<Artifact, 'kind' | 'digest'>>,
  ): Promise<boolean>;
  /** The folders of dead processes, which contain their scratch folders, and the short paths to them. */
  abandoned(): readonly string[];
  /** Removes the leftovers of dead processes. */
  sweep(): void;
  /** Returns a function that stops listening. */
  onDamage(listener: (damage: Damage) => void): () => void;
}

/** What is read-only can share its inode with a blob, if it is not small. */
export type HowPlaced = 'read-only' | 'writable';

/** An input as all stages of a run see it. */
export interface Viewed {
  /** What it is known by. */
  readonly key: string;
  /** Absolute; the folder that holds nothing but `path`. */
  readonly folder: string;
  /** Absolute: `<folder>/<name>`. */
  readonly path: string;
  readonly artifact: Artifact;
  /** No stage could reach it before, by the clock of its file system. */
  readonly sinceMs: number;
}

/** The inputs of a run, each placed once. */
export interface InputView {
  /**
   * `name`: without a slash. Equal bytes under two names are two files. `inPlace`: of a source whose large files
   * stay where they are.
   */
  place(artifact: Artifact, name: string, inPlace?: boolean): Promise<Result<Viewed, DamagedError>>;
  /**
   * Did no stage change it? Everybody who read it must ask when his stage has ended. A changed one is not given
   * to further stages.
   */
  untouched(viewed: Viewed): Promise<boolean>;
}

export type IngestHow = 'move' | 'copy';

export interface IngestOptions {
  /** Awaited once before a file of more than 1 MiB is moved: ends what could still write to it. */
  readonly quiet?: () => Promise<void>;
}

export type Published =
  | {
      readonly kind: 'published';
      /** Outputs with other bytes in the result that it replaced. */
      readonly differing: readonly string[];
    }
  | {
      readonly kind: 'adopted';
      readonly result: ActionResult;
      readonly differing: readonly string[];
    }
  /** Nothing is recorded: this output was changed or removed since it was ingested, or the disk has refused it. */
  | { readonly kind: 'lost'; readonly output: string };

export interface SourceArtifact {
  readonly artifact: Artifact;
  /** Files above 64 MiB, which are only hashed: a plan copies none. */
  readonly large: readonly LargeSource[];
}

export interface LargeSource {
  /** Absolute, with no link on it. */
  readonly path: string;
  readonly stamp: string;
  readonly digest: Digest;
  readonly size: number;
  readonly exec: boolean;
}

export interface IngestError {
  readonly code:
    | 'missing'
    | 'unreadable'
    | 'special-file'
    | 'escaping-link'
    | 'link-loop'
    | 'no-space'
    | 'changed';
  /** The offending path. */
  readonly path: string;
  readonly message: string;
}

export interface DamagedError {
  readonly code: 'missing-blob' | 'damaged-blob' | 'io';
  readonly digest: Digest;
  readonly message: string;
}

export type CheckoutError =
  DamagedError | { readonly code: 'exists' | 'not-writable'; readonly message: string };

/** Entries sorted by the bytes of their UTF-8 paths. */
export type TreeEntry =
  | {
      readonly type: 'file';
      readonly path: string;
      readonly exec: boolean;
      readonly size: number;
      readonly digest: Digest;
    }
  | { readonly type: 'dir'; readonly path: string }
  | { readonly type: 'link'; readonly path: string; readonly target: string };
