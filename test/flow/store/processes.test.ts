import { existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { bundleStoreProcess, StoreProcess } from './processes.ts';
import { keyOf, openTemporary, resultOf, temporaryFolder } from './temporary.ts';
import type { Published } from '../../../src/flow/store/store.ts';

let bundle: string;
let root: string;

beforeEach(async () => {
  bundle = await bundleStoreProcess();
  root = join(temporaryFolder(), 'cache');
});

async function publishAtOnce(bytes: readonly string[]): Promise<readonly Published[]> {
  const template = JSON.stringify(resultOf('k', {}));
  const processes = bytes.map(
    (text) => new StoreProcess(bundle, ['publish', root, template, text]),
  );
  await Promise.all(processes.map((process) => process.said('ready')));
  for (const process of processes) process.go();
  const answers = await Promise.all(processes.map((process) => process.said('published ')));
  await Promise.all(processes.map((process) => process.end()));
  return answers.map((answer) => JSON.parse(answer) as Published);
}

test('of processes that publish one key at once, one wins and the others adopt its result', async () => {
  const answers = await publishAtOnce(['same', 'same', 'same']);
  expect(answers.filter((answer) => answer.kind === 'published')).toHaveLength(1);
  const adopted = answers.filter((answer) => answer.kind === 'adopted');
  expect(adopted).toHaveLength(2);
  const store = await openTemporary(root);
  for (const { result, differing } of adopted) {
    expect(result).toEqual(await store.action(keyOf('k')));
    expect(differing).toEqual([]);
  }
  const stored = await store.action(keyOf('k'));
  expect(
    stored !== undefined && (await store.hasOutputs(stored.provenance.instance, stored.outputs)),
  ).toBe(true);
});

test('a process whose bytes differ from the winner learns which output', async () => {
  const answers = await publishAtOnce(['one', 'two']);
  expect(answers.find((answer) => answer.kind === 'adopted')).toMatchObject({ differing: ['out'] });
});

test('a lock that a living process holds is busy, and names it', async () => {
  const holder = new StoreProcess(bundle, ['hold', root, keyOf('k')]);
  expect(await holder.said('lock ')).toBe('held');
  const store = await openTemporary(root);
  expect(await store.locks.acquire(keyOf('k'))).toEqual({
    kind: 'busy',
    holder: `pid ${holder.child.pid} on ${hostname()} (run 1)`,
  });
  expect(await store.locks.acquire(keyOf('other'))).toMatchObject({ kind: 'held' });
  holder.go();
  await holder.end();
  expect(await store.locks.acquire(keyOf('k'))).toMatchObject({ kind: 'held' });
  await store.close();
});

test('a lock of a killed process is taken over at once', async () => {
  const holder = new StoreProcess(bundle, ['hold', root, keyOf('k')]);
  await holder.said('lock ');
  await holder.kill();
  expect(readdirSync(join(root, 'locks'))).toHaveLength(1);
  const store = await openTemporary(root);
  expect(await store.locks.acquire(keyOf('k'))).toMatchObject({ kind: 'held' });
  await store.close();
  expect(readdirSync(join(root, 'locks'))).toEqual([]);
});

test('of several processes that find one dead lock, one gets it', async () => {
  const dead = new StoreProcess(bundle, ['hold', root, keyOf('k')]);
  await dead.said('lock ');
  await dead.kill();
  const several = [1, 2, 3].map(() => new StoreProcess(bundle, ['hold', root, keyOf('k')]));
  const kinds = await Promise.all(several.map((process) => process.said('lock ')));
  expect(kinds.sort()).toEqual(['busy', 'busy', 'held']);
  for (const process of several) process.go();
  await Promise.all(several.map((process) => process.end()));
});

test('what a killed process left in tmp is swept, what a living one uses stays', async () => {
  const dead = new StoreProcess(bundle, ['scratch', root]);
  const left = await dead.said('scratch ');
  await dead.kill();
  const living = new StoreProcess(bundle, ['scratch', root]);
  const used = await living.said('scratch ');
  const store = await openTemporary(root);
  store.sweep();
  expect(existsSync(dirname(left))).toBe(false);
  expect(existsSync(join(used, 'half-written'))).toBe(true);
  living.go();
  await living.end();
  expect(existsSync(used)).toBe(false);
  await store.close();
});
