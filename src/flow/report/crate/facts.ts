import type { RunEvent } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import type { RunRecord } from '../../core/run-record.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { ActionResult } from '../../store/records/action-result.ts';

/** The facts about a run that the crate contains. */
export interface CrateFacts {
  readonly record: RunRecord;
  readonly dag: Dag;
  /** By instance id. */
  readonly results: ReadonlyMap<string, ActionResult>;
  readonly events: readonly RunEvent[];
  /**
   * Files in the crate, by their path in it: pipeline texts and exports. A folder is listed file by
   * file.
   */
  readonly carried: ReadonlyMap<string, { readonly digest: Digest; readonly size: number }>;
  /** The licence of the whole crate; flow cannot know it. */
  readonly license?: string;
  /** ISO 8601. */
  readonly exportedAt: string;
}
