import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { ActionKey, Digest } from '../../core/ids.ts';
import { failpoint } from '../disk/failpoints.ts';
import type { Workspace } from './workspace.ts';

/** What a process relies on. */
export interface Lease {
  readonly keys: ReadonlySet<ActionKey>;
  /** Files and listings of trees. */
  readonly artifacts: ReadonlyMap<Digest, Artifact['kind']>;
}

const FILE = 'lease';

/** `tmp/<workspace>/lease`: what this process relies on until it ends, one line each, only appended. */
export class Leases {
  readonly #workspace: Workspace;
  readonly #held = new Set<string>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  hold(
    keys: Iterable<ActionKey>,
    artifacts: Iterable<Pick<Artifact, 'kind' | 'digest'>> = [],
  ): void {
    const before = this.#held.size;
    let text = '';
    const add = (line: string): void => {
      if (this.#held.has(line)) return;
      this.#held.add(line);
      text += `${line}\n`;
    };
    for (const key of keys) add(`key ${key}`);
    for (const { kind, digest } of artifacts) add(`${kind} ${digest}`);
    // gc by another user finds no lease in a cache to which this one may not write.
    if (this.#held.size === before || this.#workspace.isReadOnly) return;
    // Closed each time: an NFS client sends what was written when a file is closed.
    appendFileSync(join(this.#workspace.folder(), FILE), text);
    failpoint('lease.written');
  }
}

/** `folders`: workspaces of processes that live, or may. */
export function readLeases(folders: Iterable<string>): Lease {
  const keys = new Set<ActionKey>();
  const artifacts = new Map<Digest, Artifact['kind']>();
  for (const folder of folders) {
    let text = '';
    try {
      text = readFileSync(join(folder, FILE), 'utf8');
    } catch {
      // It holds nothing, or has just ended.
    }
    for (const line of text.split('\n')) {
      const [kind, name = ''] = line.split(' ');
      if (kind === 'key') keys.add(name as ActionKey);
      if (kind === 'file' || kind === 'tree') artifacts.set(name as Digest, kind);
    }
  }
  return { keys, artifacts };
}
