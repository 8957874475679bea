import type { RunEvent } from '../../core/events.ts';
import type { Content } from '../../inspect/artifact-content.ts';
import type { LogPart } from '../../inspect/logs.ts';
import type { Comparison } from '../model/comparison.ts';
import type { RunLine, RunPage } from '../model/page.ts';

/** A look into an artifact. */
export interface Preview extends Content {
  readonly size: number;
  /** A picture, as a data URL. */
  readonly image?: string;
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
