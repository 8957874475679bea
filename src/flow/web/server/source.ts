import type { RunEvent } from '../../core/events.ts';
import type { Content } from '../../inspect/artifact-content.ts';
import type { LogPart } from '../../inspect/logs.ts';
import type { Comparison } from '../model/comparison.ts';
import type { RunLine, RunPage } from '../model/page.ts';

/** The preview of an artifact. */
export interface Preview extends Content {
  readonly size: number;
  /** A picture, as a data URL. */
  readonly image?: string;
}

/** The answers of the live view; undefined if the thing does not exist. No method writes anything. */
export interface UiSource {
  runs(): Promise<readonly RunLine[]>;
  /** Whether there is a record of this run. The server asks this first, so the other methods get only valid ids. */
  has(run: string): Promise<boolean>;
  /** `next`: the byte at which the events begin that the page does not contain. */
  page(run: string): Promise<{ readonly page: RunPage; readonly next: number } | undefined>;
  events(
    run: string,
    from: number,
  ): Promise<{ readonly events: readonly RunEvent[]; readonly next: number }>;
  isLive(run: string): Promise<boolean>;
  log(run: string, instance: string, from: number): Promise<LogPart | undefined>;
  /** The lines of `flow explain --run`, from records alone. */
  explain(run: string, instance: string): Promise<readonly string[] | undefined>;
  preview(
    run: string,
    instance: string,
    output: string,
    path: string | undefined,
  ): Promise<Preview | undefined>;
  compare(a: string, b: string): Promise<Comparison | undefined>;
}
