import type { Digest } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { Axes } from '../pipeline/dag.ts';

/**
 * The readable pre-image of an action key: all that determines an action's result, and nothing else
 * (no stage name, absolute path, mtime, locale, pool, retry or timeout).
 *
 * key = SHA-256("flow.action.v1\n" + canonical JSON of this)
 */
export interface Manifest {
  readonly command: ManifestCommand;
  /** Declared params and every axis, used or not, in one map. */
  readonly params: Readonly<Record<string, Json>>;
  readonly inputs: Readonly<Record<string, ManifestInput | readonly ManifestItem[]>>;
  readonly outputs: Readonly<
    Record<string, { readonly path: string; readonly kind: 'file' | 'tree' }>
  >;
  /** Digest of the code files' listing (`code:` and argv words); absent where a command has none. */
  readonly code?: Digest;
  /** Installed packages in the closure of what the code imports, sorted by name. */
  readonly packages?: readonly ManifestPackage[];
  /** Declared environment; null: not set. */
  readonly env?: Readonly<Record<string, string | null>>;
  readonly platform: Platform;
  /** A probe's: digest of the host's fingerprint. */
  readonly host?: Digest;
  readonly salt?: string;
  /** Of a stage with `always: true`: the id of the run. */
  readonly run?: string;
}

export type ManifestCommand =
  | { readonly kind: 'ts'; readonly bundle: Digest }
  /** `path`: folders of PYTHONPATH; `modules`: digest of the listing of paths and syntax trees. */
  | {
      readonly kind: 'py';
      readonly entry: string;
      readonly path: readonly string[];
      readonly modules: Digest;
    }
  | { readonly kind: 'cmd'; readonly argv: readonly string[] }
  | { readonly kind: 'sh'; readonly script: string };

export interface ManifestInput {
  /** File name in the scratch folder. */
  readonly as: string;
  readonly kind: 'file' | 'tree';
  readonly exec: boolean;
  readonly digest: Digest;
}

export interface ManifestItem extends ManifestInput {
  readonly axes: Axes;
}

export interface ManifestPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity?: string;
  /** Where npm has it from, without user and password, if that has no integrity: `git+https://…#<commit>`. */
  readonly resolved?: string;
  /** Of its files, if it was copied from a folder, or installed by pip from other than an index. */
  readonly content?: string;
}

export interface Platform {
  readonly os: string;
  readonly arch: string;
  readonly libc?: string;
  /** Node major, for ts only. */
  readonly node?: number;
  /** Implementation and version (`cpython-3.11.7`), for py only. */
  readonly python?: string;
}

/**
 * Stored beside the manifest, not hashed: what `flow explain` needs to name things. Paths are relative to
 * the project root.
 */
export interface Provenance {
  readonly instance: string;
  readonly stage: string;
  /** Per-file digests of the code closure or `code:` files. */
  readonly codeFiles: Readonly<Record<string, Digest>>;
  /** Params whose values stand in its command, inputs and outputs. Missing in records of earlier versions. */
  readonly written?: Readonly<Record<string, Json>>;
  /** Installed package -> the digest of its files, where the manifest has its version alone. */
  readonly byVersion?: Readonly<Record<string, string>>;
  /** Input name -> where it came from: an instance's output (with the key that made it) or a source path. */
  readonly inputs: Readonly<Record<string, InputOrigin | readonly InputOrigin[]>>;
}

export type InputOrigin =
  | { readonly instance: string; readonly output: string; readonly key: string }
  | { readonly source: string; readonly in_place?: true };
