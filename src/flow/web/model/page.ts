import type { Failure, Outcome } from '../../core/events.ts';
import type { Json } from '../../core/json.ts';
import type { Commit, RunRecord } from '../../core/run-record.ts';

// What a page about a run shows: plain data, made once from the record, the events and the stored
// results, sent as JSON, and moved on by events while the run goes. Times are milliseconds since the
// epoch; sizes are bytes.

export interface RunPage {
  readonly run: string;
  readonly pipeline: string;
  readonly file: string;
  readonly description?: string;
  readonly argv: readonly string[];
  /** The options among them that a repetition needs: `-p`, `num=5`. */
  readonly overrides: readonly string[];
  /** `died`: the record says running, but its process is gone. */
  readonly state: RunRecord['state'] | 'died';
  readonly startedAt: number;
  /** Absent while it runs, and of a run that died. */
  readonly endedAt?: number;
  /** Of the project when the run began. */
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
  /** Who set it: `default`, `profile paper`, `params file`, `-p`; absent where it is not known. */
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
  /** Of the last attempt in this run. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Row of the timeline: instances that ran at one time have different ones. */
  readonly lane?: number;
  /** What a hit spared. */
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
  /** The end of what it wrote. */
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
  /** Ordered as they came: [step, value]. */
  readonly points: readonly (readonly [number, number])[];
}

export interface InputPage {
  readonly name: string;
  /** `STAGE.OUTPUT@…`, a source's path, or `18 collected`. */
  readonly from: string;
  /** Instances that made it. */
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

/** The numbers of all outputs of kind `metrics` of one stage, a row an instance. */
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
  /** Of its centre. */
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
  /** Absent while it runs. */
  readonly counts?: Readonly<Record<'ran' | 'hit' | 'failed' | 'skipped' | 'cancelled', number>>;
  readonly wallMs?: number;
}
