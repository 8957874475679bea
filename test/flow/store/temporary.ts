import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { Artifact } from '../../../src/flow/core/artifact.ts';
import type { ActionKey } from '../../../src/flow/core/ids.ts';
import type { Result } from '../../../src/flow/core/result.ts';
import { digestBytes } from '../../../src/flow/key/digest.ts';
import type { ActionResult } from '../../../src/flow/store/records/action-result.ts';
import type { DiskStore, StoreOptions } from '../../../src/flow/store/disk-store.ts';
import { openStore } from '../../../src/flow/store/open-store.ts';
import { removeTree } from '../../../src/flow/store/disk/remove-tree.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) removeTree(folder);
});

/** A folder that the test's end removes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flow-store-'));
  folders.push(folder);
  return folder;
}

export async function openTemporary(
  root = join(temporaryFolder(), 'cache'),
  options: StoreOptions = {},
): Promise<DiskStore> {
  return value(await openStore(root, { fsync: false, ...options }));
}

/** Writes files, their folders too, and returns the folder. A path ending in `/` is a folder. */
export function filesIn(folder: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    const absolute = join(folder, path);
    mkdirSync(path.endsWith('/') ? absolute : dirname(absolute), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(absolute, text);
  }
  return folder;
}

export function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`Expected a value: ${JSON.stringify(result.error)}`);
  return result.value;
}

export function failure<E>(result: Result<unknown, E>): E {
  if (result.ok) throw new Error(`Expected a failure: ${JSON.stringify(result.value)}`);
  return result.error;
}

export const keyOf = (name: string): ActionKey => String(digestBytes(name)) as ActionKey;

export function resultOf(
  name: string,
  outputs: Readonly<Record<string, Artifact>>,
  startedAt = '2026-11-24T00:00:00.000Z',
): ActionResult {
  return {
    version: 1,
    key: keyOf(name),
    outputs,
    manifest: {
      command: { kind: 'sh', script: name },
      params: {},
      inputs: {},
      outputs: {},
      platform: { os: 'linux', arch: 'x64' },
    },
    provenance: { instance: name, stage: name, codeFiles: {}, inputs: {} },
    execution: {
      run: '20261124-000000-000000',
      host: 'here',
      startedAt,
      wallMs: 1,
      attempts: 1,
      flow: '0.1.0',
      node: '20.0.0',
    },
  };
}
