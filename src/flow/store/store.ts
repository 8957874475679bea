import type { Artifact } from '../core/artifact.ts';
import type { ActionKey, Digest } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import type { ActionResult } from './records/action-result.ts';

/** What the engine needs of a store. `disk-store.ts` is it; tests run the same suite on every implementation. */
export interface Store {
  readonly root: string;

  /** Copies or moves a finished file or folder into the CAS, refusing what a tree may not hold. */
  ingest(path: string, how: IngestHow): Promise<Result<Artifact, IngestError>>;
  /** Puts bytes that are already in memory (bundles, manifests' text). */
  putBytes(bytes: Uint8Array, exec: boolean): Promise<Artifact>;
  /** Digest and artifact of a source outside the cache; hashes only what changed; copies up to 64 MiB a file. */
  source(path: string): Promise<Result<SourceArtifact, IngestError>>;

  /** Cheap: absence and size only. */
  has(artifact: Artifact): Promise<boolean>;
  /** Places an artifact read-only at a path that does not exist, by reflink, hard link or copy. */
  materialise(
    artifact: Artifact,
    path: string,
    how: 'link' | 'copy',
  ): Promise<Result<void, DamagedError>>;
  /** After a stage: were linked inputs left as they were? A changed blob is dropped. */
  checkUntouched(artifact: Artifact): Promise<boolean>;
  read(artifact: Artifact): Promise<Result<Uint8Array, DamagedError>>;
  list(tree: Artifact): Promise<Result<readonly TreeEntry[], DamagedError>>;

  action(key: ActionKey): Promise<ActionResult | undefined>;
  /** First publisher wins; a loser whose bytes differ learns so. */
  publish(result: ActionResult): Promise<Published>;
  dropAction(key: ActionKey): Promise<void>;
}

export type IngestHow = 'move' | 'copy';

export type Published =
  | { readonly kind: 'published' }
  | {
      readonly kind: 'adopted';
      readonly result: ActionResult;
      readonly differing: readonly string[];
    };

export interface SourceArtifact {
  readonly artifact: Artifact;
  /** Files too large to be copied: stages read them in place; check them again when the stage ends. */
  readonly inPlace: readonly { readonly path: string; readonly stamp: string }[];
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
