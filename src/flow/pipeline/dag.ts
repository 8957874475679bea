import type { Digest, InstanceId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { Diagnostic, Location } from '../core/diagnostic.ts';

// The last form of a pipeline: no `${}`, no matrix, and every reference is an instance. It is a
// pure function of text, params and targets. It can be written as JSON, so that flow can remember
// it by digest.

export type AxisValue = string | number | boolean;

/** In declaration order. */
export type Axes = Readonly<Record<string, AxisValue>>;

export interface Dag {
  readonly name: string;
  readonly description?: string;
  /** Topologically sorted; ties in declaration order, then in matrix order. Probes are among them. */
  readonly instances: readonly Instance[];
  readonly exports: readonly Export[];
  /**
   * What the targets do not need, one instance for each such stage. Nothing runs it, but its mistakes
   * count. Missing if there is nothing.
   */
  readonly idle?: Pick<Dag, 'instances' | 'exports'>;
  /** Resolved params, for `flow params` and the run record. */
  readonly params: Readonly<Record<string, Json>>;
  /**
   * The origin of a param's value: `profile paper`, the name of a params file, or `-p`. Missing for
   * a default.
   */
  readonly origins?: Readonly<Record<string, string>>;
  /** What may not be meant so, but is no mistake. Missing if there is nothing. */
  readonly notes?: readonly Diagnostic[];
  /** Where stages with code of the project name it, for messages. */
  readonly codePlaces?: Readonly<Record<string, CodePlaces>>;
  /** Digests of the pipeline's texts, which are in the store; paths relative to the root. */
  readonly files?: Readonly<Record<string, Digest>>;
}

export interface CodePlaces {
  /** The file of `ts:` or `py:`. */
  readonly entry?: Location;
  /** The patterns of `code:`, in their order. */
  readonly patterns: readonly Location[];
}

export interface Instance {
  readonly id: InstanceId;
  /** Stage or probe name. Not in the key. */
  readonly stage: string;
  readonly probe: boolean;
  readonly description?: string;
  readonly axes: Axes;
  readonly command: Command;
  /** The params of stage.json: the declared params (`td.rows` is one entry) and every axis. */
  readonly params: Readonly<Record<string, Json>>;
  /** Params, or keys of them, that stand as `${k}` in its inputs, outputs and command. */
  readonly written?: Readonly<Record<string, Json>>;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** `code:` globs relative to the project root. */
  readonly code: readonly string[];
  /** Patterns of files that `code` does not name; missing: the usual ones. */
  readonly codeExclude?: readonly string[];
  readonly env: readonly EnvVar[];
  /** For a probe: places whose changes make it run again. */
  readonly watch?: readonly string[];
  /** Variables that flow passes to the stage, but keeps out of keys, records and logs. */
  readonly secrets?: readonly string[];
  /** Pool name -> amount; memory in bytes. Always has `cpu`, which is 1 by default. */
  readonly pool: Readonly<Record<string, number>>;
  readonly retries?: Retries;
  readonly timeoutMs?: number;
  readonly salt?: string;
  /** It runs in each run. */
  readonly always?: true;
  /** Its newest result counts, whatever its command, code and machine are now. */
  readonly freeze?: true;
  readonly location: Location;
}

/** `${inputs.x}` and `${outputs.x}` stay symbolic; params and axes are replaced by their values. */
export type Word = string | readonly Part[];
export type Part = string | { readonly input: string } | { readonly output: string };

export type Command =
  | { readonly kind: 'ts' | 'py'; readonly entry: string }
  | { readonly kind: 'cmd'; readonly argv: readonly Word[] }
  | { readonly kind: 'sh'; readonly script: readonly Part[] };

export type Input =
  | { readonly kind: 'artifact'; readonly name: string; readonly from: ArtifactRef }
  | {
      readonly kind: 'source';
      readonly name: string;
      readonly path: string;
      /** Large files of it are read where they lie, instead of a copy in the cache. */
      readonly inPlace?: true;
      /** Patterns of files of a folder that are no part of it; missing: the usual ones. */
      readonly exclude?: readonly string[];
      readonly location: Location;
    }
  | { readonly kind: 'collect'; readonly name: string; readonly items: readonly CollectItem[] };

/**
 * `path` is the path of the output in the out/ folder of its stage. The reader sees its base name.
 */
export interface ArtifactRef {
  readonly instance: InstanceId;
  readonly output: string;
  readonly path: string;
}

/** Sorted by the axes in the order of `collect`: numbers by value, then texts by UTF-8 bytes. `axes` holds the collected axes only. */
export interface CollectItem {
  readonly axes: Axes;
  readonly from: ArtifactRef;
}

export interface Output {
  readonly name: string;
  /** Relative to out/, without the trailing slash. */
  readonly path: string;
  readonly tree: boolean;
  /** The kind of the output, for `flow show` and reports: `metrics`, `figure`, … */
  readonly kind?: string;
}

export interface EnvVar {
  readonly name: string;
  /** False: flow passes the variable to the stage, but it is not in the key. */
  readonly key: boolean;
}

export interface Retries {
  readonly times: number;
  /** Exit codes after which flow retries; missing: all. */
  readonly on?: readonly number[];
  readonly backoffMs: number;
}

export interface Export {
  /** Relative to the project root. */
  readonly path: string;
  readonly from: ArtifactRef;
  readonly location: Location;
}
