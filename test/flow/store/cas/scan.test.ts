import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DiskStore } from '../../../../src/flow/store/disk-store.ts';
import { failure, filesIn, openTemporary, temporaryFolder, value } from '../temporary.ts';

let store: DiskStore;
let out: string;

beforeEach(async () => {
  store = await openTemporary();
  out = filesIn(join(temporaryFolder(), 'out'), { 'd/a': '1' });
});

/** Files with names of these bytes, in hexadecimal digits. Only Linux allows any bytes. */
function named(folder: string, ...names: readonly string[]): void {
  for (const hex of names) {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(hex, 'hex')]), hex);
  }
}

describe.skipIf(process.platform !== 'linux')('names that are not UTF-8', () => {
  // U+FFFD itself, and bytes that are shown as it.
  test.each([['ff'], ['ff', 'fe'], ['ff', 'efbfbd'], ['efbfbd', 'ff', 'fe']])(
    'are refused in outputs and sources: %s %s',
    async (...names) => {
      named(join(out, 'd'), ...names);
      for (const taken of [await store.ingest(out, 'copy'), await store.source(out)]) {
        expect(failure(taken)).toMatchObject({
          code: 'unreadable',
          message: `the name of ${join(out, 'd', '\uFFFD')} is not valid UTF-8`,
        });
      }
    },
  );

  test('a name of U+FFFD alone is a name', async () => {
    named(join(out, 'd'), 'efbfbd');
    const tree = value(await store.ingest(out, 'copy'));
    expect(value(await store.list(tree)).map(({ path }) => path)).toEqual(['d/a', 'd/\uFFFD']);
  });
});

describe('in outputs', () => {
  test('a FIFO is refused by name', async () => {
    execFileSync('mkfifo', [join(out, 'd/pipe')]);
    expect(failure(await store.ingest(out, 'move'))).toEqual({
      code: 'special-file',
      path: join(out, 'd/pipe'),
      message: `${join(out, 'd/pipe')} is a FIFO`,
    });
  });

  test('a socket is refused', async () => {
    const server = createServer();
    const path = join(out, 's');
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(failure(await store.ingest(out, 'move'))).toMatchObject({ code: 'special-file', path });
    await new Promise((resolve) => server.close(resolve));
  });

  test('a device is refused', async () => {
    expect(failure(await store.ingest('/dev/null', 'copy'))).toMatchObject({
      code: 'special-file',
      message: '/dev/null is a device',
    });
  });

  test.each(['../../secret', '/etc/hostname', '../../out/d/a'])(
    'a link to %s, outside the tree, is refused',
    async (target) => {
      symlinkSync(target, join(out, 'd/link'));
      expect(failure(await store.ingest(out, 'move'))).toMatchObject({
        code: 'escaping-link',
        path: join(out, 'd/link'),
      });
    },
  );

  test('a link that leads to itself is refused', async () => {
    symlinkSync('x', join(out, 'x'));
    expect(failure(await store.ingest(out, 'move')).code).toBe('link-loop');
  });

  test('an output that is itself a link is refused', async () => {
    symlinkSync('d/a', join(out, 'link'));
    expect(failure(await store.ingest(join(out, 'link'), 'move')).code).toBe('escaping-link');
  });

  test('links inside the tree, dangling ones too, are kept as links', async () => {
    symlinkSync('../d/a', join(out, 'd/up'));
    symlinkSync('not-there', join(out, 'later'));
    const tree = value(await store.ingest(out, 'move'));
    expect(value(await store.list(tree)).filter((entry) => entry.type === 'link')).toEqual([
      { type: 'link', path: 'd/up', target: '../d/a' },
      { type: 'link', path: 'later', target: 'not-there' },
    ]);
  });

  test('a file name that is not UTF-8 is refused', async () => {
    const raw = Buffer.concat([Buffer.from(`${out}/`), Buffer.from([0x66, 0xff])]);
    writeFileSync(raw, '');
    expect(failure(await store.ingest(out, 'move'))).toMatchObject({ code: 'unreadable' });
  });
});

describe('in sources', () => {
  test('links are followed, and what they lead to is what counts', async () => {
    const elsewhere = filesIn(temporaryFolder(), { 'real/deep': '2', plain: '3' });
    symlinkSync(join(elsewhere, 'real'), join(out, 'folder'));
    symlinkSync(join(elsewhere, 'plain'), join(out, 'file'));
    const linked = value(await store.source(out)).artifact;
    expect(value(await store.list(linked)).map(({ type, path }) => `${type} ${path}`)).toEqual([
      'file d/a',
      'file file',
      'file folder/deep',
    ]);
    writeFileSync(join(elsewhere, 'plain'), '4');
    expect(value(await store.source(out)).artifact.digest).not.toBe(linked.digest);
  });

  test('a link to a source file is that file', async () => {
    symlinkSync('d/a', join(out, 'link'));
    expect(value(await store.source(join(out, 'link')))).toEqual(
      value(await store.source(join(out, 'd/a'))),
    );
  });

  test('a link back to a folder above is refused as a loop', async () => {
    symlinkSync('..', join(out, 'd/back'));
    expect(failure(await store.source(out))).toMatchObject({
      code: 'link-loop',
      path: join(out, 'd/back'),
    });
    symlinkSync('self', join(out, 'self'));
    expect(failure(await store.source(join(out, 'self'))).code).toBe('link-loop');
  });

  test('two links to one folder are no loop', async () => {
    symlinkSync('d', join(out, 'e'));
    symlinkSync('d', join(out, 'f'));
    expect(value(await store.source(out)).artifact.size).toBe(3);
  });

  test('a broken link is missing, with its target named', async () => {
    symlinkSync('gone', join(out, 'x'));
    const error = failure(await store.source(out));
    expect(error).toMatchObject({ code: 'missing', path: join(out, 'x') });
    expect(error.message).toContain('gone');
  });

  test('a FIFO is refused', async () => {
    execFileSync('mkfifo', [join(out, 'pipe')]);
    expect(failure(await store.source(out)).code).toBe('special-file');
  });

  test('the exec bit is content, other bits are not', async () => {
    const before = value(await store.source(out)).artifact;
    chmodSync(join(out, 'd/a'), 0o600);
    expect(value(await store.source(out)).artifact).toEqual(before);
    chmodSync(join(out, 'd/a'), 0o755);
    expect(value(await store.source(out)).artifact.digest).not.toBe(before.digest);
  });

  test('where a folder lies is not content', async () => {
    const before = value(await store.source(out)).artifact;
    mkdirSync(join(out, '../moved'));
    renameSync(out, join(out, '../moved/there'));
    expect(value(await store.source(join(out, '../moved/there'))).artifact).toEqual(before);
  });
});
