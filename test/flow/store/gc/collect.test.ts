import { existsSync, lutimesSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Artifact } from '../../../../src/flow/core/artifact.ts';
import type { RunId } from '../../../../src/flow/core/ids.ts';
import { hexOf } from '../../../../src/flow/key/digest.ts';
import type { DiskStore } from '../../../../src/flow/store/disk-store.ts';
import { takeCensus } from '../../../../src/flow/store/gc/census.ts';
import { ClockSetBack, Collector } from '../../../../src/flow/store/gc/collect.ts';
import { planGc } from '../../../../src/flow/store/gc/plan.ts';
import type { GcPolicy } from '../../../../src/flow/store/gc/policy.ts';
import { ownIdentity } from '../../../../src/flow/store/process/process-identity.ts';
import { removeTree } from '../../../../src/flow/store/disk/remove-tree.ts';
import type { Removals } from '../../../../src/flow/store/process/removals.ts';
import { filesIn, keyOf, resultOf } from '../temporary.ts';
import { age, Cache } from './cache.ts';

interface Odd {
  readonly policy?: Partial<GcPolicy>;
  readonly removals?: Removals;
  /** Milliseconds by which the clock was set back after the census. */
  readonly setBack?: number;
}

/** Removes what a census let go, after `meanwhile`. */
async function collectAfter(cache: Cache, meanwhile: () => unknown, odd: Odd = {}) {
  const policy = { youngMs: 0, ...odd.policy };
  await cache.pause();
  return cache.open(async (store) => {
    const { workspace, removals } = store.parts;
    const parts = {
      root: cache.root,
      runs: cache.runs,
      results: () => store.actions(),
      list: (tree: Artifact) => store.list(tree),
      own: workspace.known,
      workspace,
      removals: odd.removals ?? removals,
    };
    const startedAt = Date.now();
    const census = await takeCensus(parts, startedAt, policy.youngMs);
    const plan = planGc(census, policy, startedAt);
    await cache.pause();
    await meanwhile();
    return new Collector(parts, census, plan, startedAt + (odd.setBack ?? 0)).collect();
  });
}

const tree = (cache: Cache, text: string): Promise<Artifact> => cache.putTree({ 'd/f': text });

/** Of a file, a folder and a source, none of which anything else names. */
async function publish(cache: Cache, name: string): Promise<readonly Artifact[]> {
  const outputs = { o: await cache.put(`${name} file`), d: await tree(cache, `${name} tree`) };
  const source = await cache.put(`${name} source`);
  const result = resultOf(name, outputs);
  await cache.open((store: DiskStore) =>
    store.publish({
      ...result,
      manifest: {
        ...result.manifest,
        inputs: { i: { as: 'i', kind: 'file', exec: false, digest: source.digest } },
      },
    }),
  );
  return [outputs.o, outputs.d, source];
}

/** What another process writes that comes to rely on this. */
function lease(cache: Cache, ...lines: readonly string[]): void {
  filesIn(join(cache.root, 'tmp', '2-00000000-1'), {
    'owner.json': JSON.stringify(ownIdentity()),
    lease: lines.map((line) => `${line}\n`).join(''),
  });
}

const actionFile = (cache: Cache, name: string): string => {
  const hex = hexOf(keyOf(name));
  return join(cache.root, 'actions', hex.slice(0, 2), `${hex}.json`);
};

const blobFile = (cache: Cache, { digest }: Artifact): string =>
  join(cache.root, 'cas', hexOf(digest).slice(0, 2), hexOf(digest));

/** Is the result there, and each artifact? */
async function there(
  cache: Cache,
  name: string,
  all: readonly Artifact[],
): Promise<readonly boolean[]> {
  const artifacts: boolean[] = [];
  for (const artifact of all) artifacts.push(await cache.has(artifact));
  return [(await cache.action(name)) !== undefined, ...artifacts];
}

const WHOLE = [true, true, true, true];
const GONE = [false, false, false, false];

const blobs = (cache: Cache): number =>
  readdirSync(join(cache.root, 'cas'))
    .map((shard) => readdirSync(join(cache.root, 'cas', shard)).length)
    .reduce((a, b) => a + b, 0);

test('a result that was leased since stays, with all that it names, and no other does', async () => {
  const cache = new Cache();
  const leased = await publish(cache, 'leased');
  const lost = await publish(cache, 'lost');
  await collectAfter(cache, () => lease(cache, `key ${keyOf('leased')}`));
  expect(await there(cache, 'leased', leased)).toEqual(WHOLE);
  expect(await there(cache, 'lost', lost)).toEqual(GONE);
  expect(blobs(cache)).toBe(4);
});

test('a result that a run lists that began and ended since stays, and what the run names', async () => {
  const cache = new Cache();
  const listed = await publish(cache, 'listed');
  const text = await cache.put('text of a pipeline');
  let id = '' as RunId;
  await collectAfter(cache, async () => {
    id = await cache.run(['listed'], { files: { 'p.yaml': text.digest } });
  });
  expect(await there(cache, 'listed', listed)).toEqual(WHOLE);
  expect(await cache.has(text)).toBe(true);
  const dag = (await cache.runs.read(id))?.dag;
  expect(existsSync(blobFile(cache, { ...text, digest: dag ?? text.digest }))).toBe(true);
});

test('a result stays that a run lists that was going on when gc looked and has ended since', async () => {
  const cache = new Cache();
  const listed = await publish(cache, 'listed');
  const text = await cache.put('text of a pipeline');
  const { host, pid } = ownIdentity();
  const id = await cache.run([], { state: 'running', host, pid });
  await cache.run(['other']);
  const other = await cache.runs.read((await cache.runs.list())[0] ?? '');
  await collectAfter(cache, async () => {
    const running = await cache.runs.read(id);
    const ended = {
      ...running,
      state: 'ok',
      files: { 'p.yaml': text.digest },
      summary: JSON.parse(
        JSON.stringify(other?.summary).replaceAll(keyOf('other'), keyOf('listed')),
      ) as unknown,
    };
    writeFileSync(join(cache.runs.folder(id), 'run.json'), JSON.stringify(ended));
  });
  expect(await there(cache, 'listed', listed)).toEqual(WHOLE);
  expect(await cache.has(text)).toBe(true);
});

test('a result stays that a run lists whose record was just being written when gc looked', async () => {
  const cache = new Cache();
  const listed = await publish(cache, 'listed');
  const id = await cache.run([]);
  const path = join(cache.runs.folder(id), 'run.json');
  const empty = await cache.runs.read(id);
  await cache.run(['listed']);
  const other = await cache.runs.read((await cache.runs.list())[0] ?? '');
  removeTree(cache.runs.folder(other?.run_id ?? ''));
  writeFileSync(path, '');
  await collectAfter(cache, () =>
    writeFileSync(path, JSON.stringify({ ...empty, summary: other?.summary })),
  );
  expect(await there(cache, 'listed', listed)).toEqual(WHOLE);
});

test('a result that was published anew since stays, with what it names', async () => {
  const cache = new Cache();
  const all = await publish(cache, 'anew');
  await collectAfter(cache, () => {
    const now = new Date();
    utimesSync(actionFile(cache, 'anew'), now, now);
  });
  expect(await there(cache, 'anew', all)).toEqual(WHOLE);
});

test('a blob that was claimed since stays', async () => {
  const cache = new Cache();
  const [claimed, lost] = [await cache.put('claimed'), await cache.put('lost')];
  await collectAfter(cache, () => {
    const { atime, mtime } = statSync(blobFile(cache, claimed));
    lutimesSync(blobFile(cache, claimed), atime, mtime);
  });
  expect(await cache.has(claimed)).toBe(true);
  expect(await cache.has(lost)).toBe(false);
});

test('an artifact that was leased since stays, of a folder its files too', async () => {
  const cache = new Cache();
  const [file, folder] = [await cache.put('file'), await tree(cache, 'in a folder')];
  const lost = await tree(cache, 'lost');
  await collectAfter(cache, () => lease(cache, `file ${file.digest}`, `tree ${folder.digest}`));
  expect(await cache.has(file)).toBe(true);
  expect(await cache.has(folder)).toBe(true);
  expect(await cache.has(lost)).toBe(false);
  expect(blobs(cache)).toBe(3);
});

test('a run that was pinned since stays', async () => {
  const cache = new Cache();
  const [pinned, old] = [await cache.run([]), await cache.run([])];
  const newest = await cache.run([]);
  await collectAfter(cache, () => cache.runs.pin(pinned), { policy: { keepRuns: 1 } });
  expect(new Set(await cache.runs.list())).toEqual(new Set([pinned, newest]));
  expect(existsSync(cache.runs.folder(old))).toBe(false);
});

test('a checkpoint whose stage was leased since stays', async () => {
  const cache = new Cache();
  await cache.put('1');
  const folder = (name: string): string => join(cache.root, 'checkpoints', hexOf(keyOf(name)));
  for (const name of ['leased', 'lost']) {
    filesIn(join(folder(name), '1'), { s: '1' });
    for (const path of ['1/s', '1', '.']) age(join(folder(name), path), 31);
  }
  await collectAfter(cache, () => lease(cache, `key ${keyOf('leased')}`));
  expect([existsSync(folder('leased')), existsSync(folder('lost'))]).toEqual([true, false]);
});

test('nothing goes once the clock was set back, which would make what is new look old', async () => {
  const cache = new Cache();
  const lost = await publish(cache, 'lost');
  await expect(collectAfter(cache, () => undefined, { setBack: 60_000 })).rejects.toThrow(
    ClockSetBack,
  );
  expect(await there(cache, 'lost', lost)).toEqual(WHOLE);
});

test('a batch that lasts too long leaves the rest to another, which looks for claims anew', async () => {
  const cache = new Cache();
  for (const name of ['a', 'b', 'c']) await publish(cache, name);
  const left = (): string[] =>
    ['a', 'b', 'c'].filter((name) => existsSync(actionFile(cache, name)));
  const seen: number[] = [];
  let spared = '';
  const removals = {
    batch: async (work: (late: () => boolean) => Promise<void>) => {
      seen.push(left().length);
      let asked = 0;
      await work(() => (asked += 1) > 1);
      if (spared !== '') return;
      spared = left()[0] ?? '';
      lease(cache, `key ${keyOf(spared)}`);
    },
  } as Removals;
  await collectAfter(cache, () => undefined, { removals });
  expect(seen.slice(0, 2)).toEqual([3, 2]);
  expect(left()).toEqual([spared]);
});
