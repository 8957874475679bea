import type { Failure, Outcome } from '../../core/events.ts';
import type { Json } from '../../core/json.ts';
import type { Commit, RunRecord } from '../../core/run-record.ts';

// The content of a page about a run, as plain data. It is made once from the record, the events and the
// stored results, sent as JSON, and updated by events while the run is active. Times are milliseconds since the
// epoch; sizes are bytes.

export interface RunPage {
  readonly run: string;
  readonly pipeline: string;
  readonly file: string;
  readonly description?: string;
  readonly argv: readonly string[];
  /** The options of `argv` that repeat the results: `-p`, `num=5`. */
  readonly overrides: readonly string[];
  /** `died`: the record says running, but its process is gone. */
  readonly state: RunRecord['state'] | 'died';
  readonly startedAt: number;
  /** Missing while the run is active, and if it died. */
  readonly endedAt?: number;
  /** The project's commit at the start of the run. */
  readonly commit?: Commit;
  readonly params: readonly Param[];
  readonly graph: StageGraph;
  /** In topological order. */
  readonly instances: readonly InstancePage[];
  readonly exports: readonly ExportPage[];
  readonly metrics: readonly MetricTable[];
  readonly warnings: readonly string[];
  readonly machine: readonly Fact[];
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface Param {
  readonly name: string;
  readonly value: Json;
  /** The origin of the value: `profile paper`, `params file`, `-p`. Missing for a default. */
  readonly origin?: string;
}

export type InstanceState =
  'pending' | 'queued' | 'waiting' | 'running' | 'storing' | 'retrying' | Outcome;

export interface InstancePage {
  readonly id: string;
  readonly stage: string;
  readonly axes: Readonly<Record<string, string | number | boolean>>;
  readonly state: InstanceState;
  /** Its stage has `freeze: true`. */
  readonly frozen?: true;
  readonly attempt: number;
  /** The start of the last attempt in this run. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** The row in the timeline. Instances that ran at the same time have different rows. */
  readonly lane?: number;
  /** The time that a hit saved. */
  readonly savedMs?: number;
  readonly progress?: { readonly done: number; readonly total: number; readonly unit: string };
  /** The other run that computes the same key. */
  readonly holder?: string;
  readonly note?: string;
  readonly curves: readonly Curve[];
  readonly failure?: Failure;
  readonly command: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly inputs: readonly InputPage[];
  readonly outputs: readonly OutputPage[];
  readonly key?: string;
  readonly madeBy?: MadeBy;
  /** The end of the log. */
  readonly log?: readonly string[];
}

export interface MadeBy {
  readonly run: string;
  readonly host: string;
  readonly startedAt: string;
  readonly wallMs: number;
  readonly cpuMs?: number;
  readonly maxRssBytes?: number;
}

export interface Curve {
  readonly name: string;
  /** [step, value], in the order of the events. */
  readonly points: readonly (readonly [number, number])[];
}

export interface InputPage {
  readonly name: string;
  /** `STAGE.OUTPUT@…`, a source's path, or `18 collected`. */
  readonly from: string;
  /** The instances that made it. */
  readonly makers: readonly string[];
  readonly digest?: string;
}

export interface OutputPage {
  readonly name: string;
  readonly path: string;
  readonly tree: boolean;
  readonly kind?: string;
  readonly digest?: string;
  readonly size?: number;
}

export interface ExportPage {
  readonly path: string;
  readonly instance: string;
  readonly digest: string;
  /** A picture, small enough to be part of the page. */
  readonly image?: string;
}

/** The numbers of all outputs of kind `metrics` of one stage, one row per instance. */
export interface MetricTable {
  readonly stage: string;
  readonly axes: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly id: string;
    readonly axes: readonly (string | number | boolean | null)[];
    readonly values: readonly (number | null)[];
  }[];
}

/** Stages, laid out; the instances of a matrix are one node. Units: CSS pixels. */
export interface StageGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly StageNode[];
  readonly edges: readonly StageEdge[];
}

export interface StageNode {
  readonly stage: string;
  readonly description?: string;
  readonly probe: boolean;
  readonly count: number;
  /** The place of its centre. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface StageEdge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly (readonly [number, number])[];
}

/** One line of the list of runs. */
export interface RunLine {
  readonly run: string;
  readonly pipeline: string;
  readonly state: RunPage['state'];
  readonly startedAt: string;
  readonly argv: readonly string[];
  /** Missing while the run is active. */
  readonly counts?: Readonly<Record<'ran' | 'hit' | 'failed' | 'skipped' | 'cancelled', number>>;
  readonly wallMs?: number;
}
