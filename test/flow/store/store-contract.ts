import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Artifact } from '../../../src/flow/core/artifact.ts';
import { digestBytes } from '../../../src/flow/key/digest.ts';
import type { DiskStore } from '../../../src/flow/store/disk-store.ts';
import { failure, filesIn, keyOf, resultOf, temporaryFolder, value } from './temporary.ts';

const absent: Artifact = { kind: 'file', exec: false, size: 6, digest: digestBytes('absent') };

/** What every store must do, whatever it is made of. */
export function describeStore(name: string, open: () => Promise<DiskStore>): void {
  describe(`${name} keeps the contract of a store`, () => {
    let store: DiskStore;
    let work: string;

    beforeEach(async () => {
      store = await open();
      work = temporaryFolder();
    });

    test('a file comes back as it was ingested, under another name', async () => {
      const path = join(work, 'a.txt');
      writeFileSync(path, 'hello');
      const artifact = value(await store.ingest(path, 'move'));
      expect(artifact).toEqual({
        kind: 'file',
        exec: false,
        size: 5,
        digest: 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      });
      value(await store.materialise(artifact, join(work, 'b.txt'), 'read-only'));
      expect(readFileSync(join(work, 'b.txt'), 'utf8')).toBe('hello');
    });

    test('ingest by copy leaves the original where it is, and writable', async () => {
      const path = join(work, 'a.txt');
      writeFileSync(path, 'hello');
      const artifact = value(await store.ingest(path, 'copy'));
      writeFileSync(path, 'other');
      expect(value(await store.read(artifact))).toEqual(Buffer.from('hello'));
    });

    test('bytes from memory are the same artifact as a file with them', async () => {
      const path = join(work, 'a.txt');
      writeFileSync(path, 'hello');
      expect(await store.putBytes(Buffer.from('hello'), false)).toEqual(
        value(await store.ingest(path, 'copy')),
      );
    });

    test('exec and non-exec artifacts with one content keep their own modes', async () => {
      const plain = await store.putBytes(Buffer.from('#!/bin/sh\n'), false);
      const exec = await store.putBytes(Buffer.from('#!/bin/sh\n'), true);
      expect(exec.digest).toBe(plain.digest);
      value(await store.materialise(plain, join(work, 'plain'), 'read-only'));
      value(await store.materialise(exec, join(work, 'exec'), 'read-only'));
      expect(statSync(join(work, 'plain')).mode & 0o777).toBe(0o444);
      expect(statSync(join(work, 'exec')).mode & 0o777).toBe(0o555);
    });

    test('what was not stored is neither had nor read nor materialised', async () => {
      expect(await store.has(absent)).toBe(false);
      expect(failure(await store.read(absent)).code).toBe('missing-blob');
      expect(failure(await store.materialise(absent, join(work, 'x'), 'read-only')).code).toBe(
        'missing-blob',
      );
      expect(existsSync(join(work, 'x'))).toBe(false);
    });

    test('a tree is listed in the order of its bytes, with empty folders', async () => {
      const folder = filesIn(join(work, 'tree'), {
        'b/x': '1',
        'a.txt': '22',
        'empty/': '',
        B: '',
      });
      const tree = value(await store.ingest(folder, 'move'));
      expect(tree).toMatchObject({ kind: 'tree', size: 3 });
      expect(value(await store.list(tree)).map(({ type, path }) => `${type} ${path}`)).toEqual([
        'file B',
        'file a.txt',
        'file b/x',
        'dir empty',
      ]);
    });

    test('a tree is materialised read-only, and by copy writable', async () => {
      const folder = filesIn(join(work, 'tree'), { 'b/x': '1' });
      const tree = value(await store.ingest(folder, 'copy'));
      value(await store.materialise(tree, join(work, 'linked'), 'read-only'));
      value(await store.materialise(tree, join(work, 'copied'), 'writable'));
      expect(statSync(join(work, 'linked/b')).mode & 0o222).toBe(0);
      expect(statSync(join(work, 'linked/b/x')).mode & 0o222).toBe(0);
      writeFileSync(join(work, 'copied/b/x'), 'changed');
      mkdirSync(join(work, 'copied/new'));
      expect(await store.has(tree)).toBe(true);
      expect(await store.checkUntouched(tree, join(work, 'linked'))).toBe(true);
    });

    test('a source folder and an output with the same files are the same tree', async () => {
      const files = { 'b/x': '1', 'empty/': '' };
      const source = value(await store.source(filesIn(join(work, 'one'), files)));
      const output = value(await store.ingest(filesIn(join(work, 'two'), files), 'move'));
      expect(source).toEqual({ artifact: output, large: [] });
      expect(readdirSync(join(work, 'one')).sort()).toEqual(['b', 'empty']);
    });

    test('a source that changes is another artifact at the next look', async () => {
      const path = join(work, 'a.txt');
      writeFileSync(path, 'first');
      const first = value(await store.source(path)).artifact;
      writeFileSync(path, 'other');
      const other = value(await store.source(path)).artifact;
      expect(other.digest).toBe(digestBytes('other'));
      expect(value(await store.read(first))).toEqual(Buffer.from('first'));
    });

    test('a missing source or output is said to be missing', async () => {
      expect(failure(await store.source(join(work, 'x'))).code).toBe('missing');
      expect(failure(await store.ingest(join(work, 'x'), 'move')).code).toBe('missing');
    });

    test('a published result is found by its key, and by no other', async () => {
      const result = resultOf('one', { out: await store.putBytes(Buffer.from('1'), false) });
      expect(await store.action(keyOf('one'))).toBeUndefined();
      expect(await store.publish(result)).toEqual({ kind: 'published', differing: [] });
      expect(await store.action(keyOf('one'))).toEqual(result);
      expect(await store.action(keyOf('two'))).toBeUndefined();
      await store.dropAction(keyOf('one'));
      expect(await store.action(keyOf('one'))).toBeUndefined();
    });

    test('the first publisher wins; the second learns what differs', async () => {
      const same = await store.putBytes(Buffer.from('same'), false);
      const one = await store.putBytes(Buffer.from('1'), false);
      const two = await store.putBytes(Buffer.from('2'), false);
      const first = resultOf('k', { same, out: one });
      await store.publish(first);
      expect(await store.publish(resultOf('k', { same, out: two }))).toEqual({
        kind: 'adopted',
        result: first,
        differing: ['out'],
      });
      expect(await store.publish(resultOf('k', { same, out: one }))).toMatchObject({
        kind: 'adopted',
        differing: [],
      });
      const executable = await store.putBytes(Buffer.from('1'), true);
      expect(await store.publish(resultOf('k', { same, out: executable }))).toMatchObject({
        differing: ['out'],
      });
    });

    test('a result is not published before its outputs', async () => {
      const published = await store.publish(resultOf('k', { out: absent }));
      expect(published).toEqual({ kind: 'lost', output: 'out' });
      expect(await store.action(keyOf('k'))).toBeUndefined();
    });
  });
}
