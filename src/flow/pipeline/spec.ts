import type { Location } from '../core/diagnostic.ts';
import type { Json } from '../core/json.ts';
import type { EnvVar } from './dag.ts';
import type { SourceFile, Span } from './source-file.ts';

// The content of the files after the check of their form and the merge of includes. Params are not
// yet filled in.

/** A place in a file. flow finds the line only if a diagnostic needs it. */
export interface Place {
  readonly file: SourceFile;
  readonly span: Span;
}

export function locationOf(place: Place): Location {
  return place.file.at(place.span);
}

/** A value with its place; strings can contain `${}`. */
export interface Placed<T> {
  readonly value: T;
  readonly place: Place;
}

export interface PipelineSpec {
  readonly name: string;
  readonly description?: string;
  readonly params: ReadonlyMap<string, ParamSpec>;
  readonly profiles: ReadonlyMap<string, readonly ProfileSpec[]>;
  /** Stages and probes, in declaration order; a probe's name is `probe.NAME`. */
  readonly stages: ReadonlyMap<string, StageSpec>;
  readonly exports: readonly ExportSpec[];
  /** Undefined: the stages that no other stage reads. */
  readonly targets: readonly Placed<string>[] | undefined;
}

export interface ParamSpec {
  readonly name: string;
  readonly place: Place;
  readonly default: Json;
  readonly type: ParamType;
  readonly enum?: readonly Json[];
  readonly min?: number;
  readonly max?: number;
  readonly description?: string;
  /** `${x}`: the list param that has all allowed items. */
  readonly of?: Placed<string>;
  /** JSON Schema of the file that the param names. */
  readonly schema?: Placed<string>;
}

export type ScalarType = 'string' | 'integer' | 'number' | 'boolean' | 'path';
export type ParamType = ScalarType | `${ScalarType}[]` | 'object' | 'any';

/** Values of one profile in one file. */
export interface ProfileSpec {
  readonly values: ReadonlyMap<string, Placed<Json>>;
}

export interface StageSpec {
  readonly name: string;
  readonly probe: boolean;
  readonly place: Place;
  readonly description?: string;
  readonly matrix: ReadonlyMap<string, Placed<Json>>;
  /** There is no matrix: the rows of `include` are all combinations. */
  readonly rowsOnly?: true;
  readonly exclude: readonly Placed<Readonly<Record<string, Json>>>[];
  readonly include: readonly Placed<Readonly<Record<string, Json>>>[];
  readonly command: CommandSpec;
  readonly params: readonly Placed<string>[];
  readonly inputs: ReadonlyMap<string, InputSpec>;
  readonly outputs: readonly OutputSpec[];
  readonly code: readonly Placed<string>[];
  readonly codeExclude?: ExcludeSpec;
  readonly env: readonly EnvVar[];
  /** Only for a probe. */
  readonly watch: readonly string[];
  /** The secrets of the stage and of its file. */
  readonly secrets: readonly string[];
  readonly pool: ReadonlyMap<string, Placed<number | string>>;
  readonly retries?: {
    readonly times: number;
    readonly on?: readonly number[];
    readonly backoff?: Placed<number | string>;
  };
  readonly timeout?: Placed<number | string>;
  readonly salt?: Placed<string>;
  readonly always?: true;
  readonly freeze?: true;
}

export type CommandSpec =
  | { readonly kind: 'ts' | 'py'; readonly entry: Placed<string> }
  | { readonly kind: 'cmd'; readonly argv: readonly Placed<string>[] }
  | { readonly kind: 'sh'; readonly script: Placed<string> };

export interface ExcludeSpec {
  readonly patterns: readonly Placed<string>[];
  readonly place: Place;
}

export type InputSpec =
  | {
      readonly kind: 'reference';
      readonly text: Placed<string>;
      readonly inPlace?: Placed<boolean>;
      readonly exclude?: ExcludeSpec;
    }
  | {
      readonly kind: 'collect';
      readonly from: Placed<string>;
      readonly axes: readonly Placed<string>[];
    }
  | {
      readonly kind: 'choice';
      readonly by: Placed<string>;
      readonly cases: ReadonlyMap<string, InputSpec>;
    }
  | {
      readonly kind: 'listed';
      /** The file that lists the paths. */
      readonly in: Placed<string>;
      /** The steps to the paths; a list stands for all of its values. */
      readonly at: readonly Placed<string>[];
    };

export interface OutputSpec {
  readonly name: string;
  readonly path: Placed<string>;
  readonly kind?: string;
}

export interface ExportSpec {
  readonly path: Placed<string>;
  readonly from: Placed<string>;
  /** From the file that the user named, not from an included one. */
  readonly own: boolean;
}
