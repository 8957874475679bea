import type { RunEvent } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import type { RunRecord } from '../../core/run-record.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { ActionResult } from '../../store/records/action-result.ts';

/** What is known of a run that is to be told to others. */
export interface CrateFacts {
  readonly record: RunRecord;
  readonly dag: Dag;
  /** By instance id. */
  readonly results: ReadonlyMap<string, ActionResult>;
  readonly events: readonly RunEvent[];
  /** Files that the crate carries, by path in it: pipeline texts and exports. Folders are carried by file. */
  readonly carried: ReadonlyMap<string, { readonly digest: Digest; readonly size: number }>;
  /** Of the whole crate; flow cannot know it. */
  readonly license?: string;
  /** ISO 8601. */
  readonly exportedAt: string;
}
