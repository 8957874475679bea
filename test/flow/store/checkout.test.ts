import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
