import type { Artifact } from '../../core/artifact.ts';
import type { ActionKey } from '../../core/ids.ts';
import type { Manifest, Provenance } from '../../key/manifest.ts';

/** `cache/actions/ab/<key>.json`: written once, last, so that its outputs are whole when it exists. */
export interface ActionResult {
  readonly version: 1;
  readonly key: ActionKey;
  readonly outputs: Readonly<Record<string, Artifact>>;
  readonly manifest: Manifest;
  readonly provenance: Provenance;
  /** Facts about the execution, never in artifacts. Times in ISO 8601 and milliseconds. */
  readonly execution: Execution;
}

export interface Execution {
  /** The id of the run, or ADOPTED. */
  readonly run: string;
  readonly host: string;
  readonly startedAt: string;
  readonly wallMs: number;
  readonly cpuMs?: number;
  readonly maxRssBytes?: number;
  readonly attempts: number;
  readonly flow: string;
  readonly node: string;
}
