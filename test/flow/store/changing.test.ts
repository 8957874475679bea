import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Result } from '../../../src/flow/core/result.ts';
import type { DiskStore } from '../../../src/flow/store/disk-store.ts';
import type { IngestError } from '../../../src/flow/store/store.ts';
import { failure, openTemporary, temporaryFolder, value } from './temporary.ts';

/** Hashed in pieces, so that what a test does next comes before the last of them. */
const LARGE = 8 * 1024 * 1024;

describe('a file that changes while it is read', () => {
  let store: DiskStore;
  let folder: string;
  let path: string;

  beforeEach(async () => {
    store = await openTemporary(undefined, { maxCopiedSource: 1 });
    folder = temporaryFolder();
    path = join(folder, 'large.bin');
    writeFileSync(path, Buffer.alloc(LARGE, 1));
  });

  test.each(['source', 'output'])('is refused as %s', async (how) => {
    const reading: Promise<Result<unknown, IngestError>> =
      how === 'source' ? store.source(path) : store.ingest(path, 'move');
    appendFileSync(path, 'more');
    const { code, message } = failure<IngestError>(await reading);
    expect({ code, message }).toEqual({
      code: 'changed',
      message: `${path} changed while flow read it`,
    });
  });

  test('is not copied with other bytes than those that were hashed, where it stays in place', async () => {
    const { artifact } = value(await store.source(path));
    writeFileSync(path, Buffer.alloc(LARGE, 2));
    const copied = await store.materialise(artifact, join(folder, 'copy.bin'), 'writable');
    expect(failure(copied).code).toBe('damaged-blob');
  });
});
