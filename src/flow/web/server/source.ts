import type { RunEvent } from '../../core/events.ts';
import type { Json } from '../../core/json.ts';
import type { Content } from '../../inspect/artifact-content.ts';
import type { LogPart } from '../../inspect/logs.ts';
import type { RunPage } from '../model/page.ts';

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

/** A look into an artifact. */
export interface Preview extends Content {
  readonly size: number;
  /** A picture, as a data URL. */
  readonly image?: string;
}

/** What one run has and the other has not, or has otherwise. */
export interface Comparison {
  readonly a: string;
  readonly b: string;
  readonly params: readonly { readonly name: string; readonly a: Json; readonly b: Json }[];
  readonly keys: readonly {
    readonly id: string;
    readonly a: string | null;
    readonly b: string | null;
  }[];
  readonly metrics: readonly {
    readonly id: string;
    readonly name: string;
    readonly a: number | null;
    readonly b: number | null;
  }[];
}

/** Where the live view's answers come from. undefined: there is no such thing. Nothing of it writes. */
export interface UiSource {
  runs(): Promise<readonly RunLine[]>;
  /** There is a record of this run. The server asks it first: no other question gets an id that is none. */
  has(run: string): Promise<boolean>;
  /** `next`: where the events that the page does not hold yet begin. */
  page(run: string): Promise<{ readonly page: RunPage; readonly next: number } | undefined>;
  events(
    run: string,
    from: number,
  ): Promise<{ readonly events: readonly RunEvent[]; readonly next: number }>;
  isLive(run: string): Promise<boolean>;
  log(run: string, instance: string, from: number): Promise<LogPart | undefined>;
  /** As `flow explain --run` says it, a line each: from records alone. */
  explain(run: string, instance: string): Promise<readonly string[] | undefined>;
  preview(
    run: string,
    instance: string,
    output: string,
    path: string | undefined,
  ): Promise<Preview | undefined>;
  compare(a: string, b: string): Promise<Comparison | undefined>;
}
