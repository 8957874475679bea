import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ok } from '../../../src/flow/core/result.ts';
import { checkout } from '../../../src/flow/store/checkout.ts';
import { failure, filesIn, openTemporary, temporaryFolder, value } from './temporary.ts';

test('does not replace what is there unless told, and then whole', async () => {
  const store = await openTemporary();
  const work = temporaryFolder();
  const [one, two] = [{ a: '1', b: '1' }, { a: '2' }];
  const trees = [];
  for (const [i, files] of [one, two].entries()) {
    trees.push(value(await store.ingest(filesIn(join(work, `t${i}`), files), 'move')));
  }
  const [first, second] = trees;
  if (first === undefined || second === undefined) throw new Error();
  const to = join(work, 'results/here');
  value(await store.checkout(first, to, { replace: false }));
  expect(failure(await store.checkout(second, to, { replace: false })).code).toBe('exists');
  expect(readdirSync(to)).toEqual(['a', 'b']);
  value(await store.checkout(second, to, { replace: true }));
  expect(readdirSync(to)).toEqual(['a']);
  expect(readdirSync(join(work, 'results'))).toEqual(['here']);
});

test('a file takes the place of a folder, a folder that of a file', async () => {
  const store = await openTemporary();
  const work = temporaryFolder();
  const tree = value(await store.ingest(filesIn(join(work, 't'), { a: '1' }), 'move'));
  const file = await store.putBytes(Buffer.from('x'), true);
  const to = join(work, 'out');
  for (const artifact of [file, tree, file]) {
    value(await store.checkout(artifact, to, { replace: true }));
    expect(value(await store.contentOf(to))).toEqual(artifact);
  }
  expect(statSync(to).mode & 0o100).toBe(0o100);
});

test('what comes to its place while it is built stays there', async () => {
  const work = temporaryFolder();
  for (const [name, build] of [
    ['file', (to: string): void => writeFileSync(to, 'ours')],
    ['folder', (to: string): void => void filesIn(to, { a: 'ours' })],
  ] as const) {
    const to = join(work, name);
    const done = await checkout(
      async (fresh) => {
        build(fresh);
        writeFileSync(to, 'theirs');
        return ok(undefined);
      },
      to,
      false,
    );
    expect(failure(done).code).toBe('exists');
    expect(readFileSync(to, 'utf8')).toBe('theirs');
  }
  expect(readdirSync(work)).toEqual(['file', 'folder']);
});
