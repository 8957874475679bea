import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Artifact } from '../../../../src/flow/core/artifact.ts';
import { hexOf } from '../../../../src/flow/key/digest.ts';
import { ownIdentity } from '../../../../src/flow/store/process-identity.ts';
import { filesIn, keyOf, resultOf, temporaryFolder, value } from '../temporary.ts';
import { age, bytesOf, Cache } from './cache.ts';

/** Puts a file artifact. */
const put = (cache: Cache, text: string): Promise<Artifact> =>
  cache.open((store) => store.putBytes(Buffer.from(text), false));

async function publish(cache: Cache, name: string, outputs: Record<string, Artifact>) {
  await cache.open((store) => store.publish(resultOf(name, outputs)));
}

const texts = fc.constantFrom('one', 'two', 'three', 'four', 'five');
const outputs = fc.dictionary(
  fc.constantFrom('o', 'p'),
  fc.oneof(texts, fc.dictionary(fc.constantFrom('x', 'd/y', 'e/'), texts, { minKeys: 1 })),
  { minKeys: 1 },
);
const names = ['a', 'b', 'c', 'd', 'e'];
const caches = fc.record({
  results: fc.array(outputs, { minLength: names.length, maxLength: names.length }),
  runs: fc.array(
    fc.record({
      lists: fc.subarray(names),
      file: fc.constantFrom('p.yaml', 'q.yaml'),
      state: fc.constantFrom('ok', 'failed'),
      pinned: fc.boolean(),
    }),
    { maxLength: 5 },
  ),
  garbage: fc.array(texts, { maxLength: 2 }),
  policy: fc.record(
    { keepRuns: fc.integer({ min: 1, max: 2 }), maxBytes: fc.integer({ min: 1, max: 4000 }) },
    { requiredKeys: [] },
  ),
});

async function fill(cache: Cache, shape: typeof caches extends fc.Arbitrary<infer T> ? T : never) {
  const made = new Map<string, Record<string, Artifact>>();
  for (const [index, name] of names.entries()) {
    const artifacts: Record<string, Artifact> = {};
    for (const [output, content] of Object.entries(shape.results[index] ?? {})) {
      if (typeof content === 'string') {
        artifacts[output] = await put(cache, content);
        continue;
      }
      const folder = filesIn(join(temporaryFolder(), 't'), content);
      artifacts[output] = await cache.open(async (store) =>
        value(await store.ingest(folder, 'move')),
      );
    }
    made.set(name, artifacts);
    await publish(cache, name, artifacts);
  }
  for (const text of shape.garbage) await put(cache, `garbage ${text}`);
  const runs: { id: string; lists: readonly string[] }[] = [];
  for (const { lists, file, state, pinned } of shape.runs) {
    const id = await cache.run(lists, { file, state: state as 'ok' });
    if (pinned) cache.runs.pin(id);
    runs.push({ id, lists });
  }
  return { made, runs };
}

test('what a run that stays lists can be read, nothing else is left, and a second gc removes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(caches, async (shape) => {
      const cache = new Cache();
      const { made, runs } = await fill(cache, shape);
      const preview = await cache.preview(shape.policy);
      const { plan, collected } = await cache.gc(shape.policy);
      expect(collected).toEqual({
        runs: preview.runs.filter(({ verdict }) => verdict.goes).length,
        results: preview.results.filter(({ goes }) => goes).length,
        blobs: preview.blobs.length,
        bytes: preview.bytesBefore - preview.bytesAfter,
      });
      expect(plan.bytesAfter).toBe(preview.bytesAfter);

      const left = new Set<string>(await cache.runs.list());
      const needed = new Set(runs.filter(({ id }) => left.has(id)).flatMap(({ lists }) => lists));
      const digests = new Set<string>();
      await cache.open(async (store) => {
        for (const name of names) {
          const result = await store.action(keyOf(name));
          expect([name, result !== undefined]).toEqual([name, needed.has(name)]);
          for (const [output, artifact] of Object.entries(result?.outputs ?? {})) {
            expect(artifact).toEqual(made.get(name)?.[output]);
            value(await store.materialise(artifact, join(temporaryFolder(), 'x'), 'copy'));
            digests.add(artifact.digest);
            if (artifact.kind === 'file') continue;
            for (const entry of value(await store.list(artifact))) {
              if (entry.type === 'file') digests.add(entry.digest);
            }
          }
        }
        for (const run of left) {
          const record = await cache.runs.read(run);
          if (record !== undefined) digests.add(record.dag);
        }
      });
      const blobs = readdirSync(join(cache.root, 'cas')).flatMap((shard) =>
        readdirSync(join(cache.root, 'cas', shard)).map((name) => `sha256:${name}`),
      );
      expect(new Set(blobs)).toEqual(digests);
      expect((await cache.gc(shape.policy)).collected).toEqual({
        runs: 0,
        results: 0,
        blobs: 0,
        bytes: 0,
      });
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('without limits all runs stay, and what none of them lists goes', async () => {
  const cache = new Cache();
  await publish(cache, 'listed', { o: await put(cache, '1') });
  await publish(cache, 'lost', { o: await put(cache, '2') });
  await cache.run(['listed']);
  expect((await cache.gc()).collected).toMatchObject({ runs: 0, results: 1, blobs: 1 });
  expect(await cache.action('listed')).toBeDefined();
  expect(await cache.action('lost')).toBeUndefined();
});

test('what is new stays, until it is not', async () => {
  const cache = new Cache();
  await publish(cache, 'lost', { o: await put(cache, '2') });
  const { plan, collected } = await cache.gc({ youngMs: 60_000 });
  expect(collected).toMatchObject({ results: 0, blobs: 0 });
  expect(plan.results).toMatchObject([{ goes: false, why: 'young' }]);
  expect((await cache.gc()).collected).toMatchObject({ results: 1, blobs: 1 });
});

test('sources, code and the bundle of a result that stays, stay', async () => {
  const cache = new Cache();
  const [source, code, bundle] = [
    await put(cache, 'source'),
    await put(cache, 'code'),
    await put(cache, 'bundle'),
  ];
  const result = resultOf('a', { o: await put(cache, '1') });
  await cache.open((store) =>
    store.publish({
      ...result,
      manifest: {
        ...result.manifest,
        command: { kind: 'ts', bundle: bundle.digest },
        inputs: { i: { as: 'i', kind: 'file', exec: false, digest: source.digest } },
      },
      provenance: { ...result.provenance, codeFiles: { 'k.ts': code.digest } },
    }),
  );
  await cache.run(['a']);
  await put(cache, 'garbage');
  expect((await cache.gc()).collected).toMatchObject({ blobs: 1 });
  for (const artifact of [source, code, bundle]) expect(await cache.has(artifact)).toBe(true);
});

test('by age goes what was used last before, also where no run lists it', async () => {
  const cache = new Cache();
  const old = new Date(Date.now() - 40 * 86_400_000).toISOString();
  for (const name of ['old', 'both', 'new', 'lost'])
    await publish(cache, name, { o: await put(cache, name) });
  for (const name of ['old', 'both', 'new', 'lost']) {
    const hex = hexOf(keyOf(name));
    age(join(cache.root, 'actions', hex.slice(0, 2), `${hex}.json`), name === 'new' ? 1 : 40);
  }
  await cache.run(['old', 'both'], { startedAt: old });
  await cache.run(['both']);
  const { plan } = await cache.gc({ olderThanMs: 30 * 86_400_000 });
  expect(Object.fromEntries(plan.results.map((each) => [each.result.instance, each.why]))).toEqual({
    old: 'old',
    both: 'run',
    new: 'recent',
    lost: 'old',
  });
});

test('by size the oldest runs go first, and what newer ones share with them stays', async () => {
  const cache = new Cache();
  for (const name of ['one', 'two', 'three', 'shared'])
    await publish(cache, name, { o: await put(cache, name.repeat(10_000)) });
  for (const name of ['one', 'two', 'three']) await cache.run([name, 'shared']);
  const { bytesBefore } = await cache.preview();
  const { plan } = await cache.gc({ maxBytes: bytesBefore - 1 });
  expect(plan.runs.map(({ verdict }) => verdict.why)).toEqual(['newest', 'fits', 'size']);
  expect(await cache.action('one')).toBeUndefined();
  for (const name of ['two', 'three', 'shared']) expect(await cache.action(name)).toBeDefined();
  const tiny = await cache.gc({ maxBytes: 1 });
  expect(tiny.plan.fits).toBe(false);
  expect(await cache.action('three')).toBeDefined();
  expect(await cache.runs.list()).toHaveLength(1);
});

test('a cache of which a run was lost to a crash is cleaned of it', async () => {
  const cache = new Cache();
  await cache.run([]);
  const half = join(cache.root, 'runs', '20261101-000000-000000');
  mkdirSync(half);
  age(half, 1);
  const dead = join(cache.root, 'tmp', '1-dead');
  filesIn(dead, { 'owner.json': JSON.stringify({ ...ownIdentity(), boot: 'earlier' }), big: 'x' });
  const lock = join(cache.root, 'locks', 'f'.repeat(64));
  filesIn(join(cache.root, 'locks'), {});
  writeFileSync(lock, JSON.stringify({ ...ownIdentity(), boot: 'earlier', nonce: '1' }));
  await cache.gc();
  for (const path of [half, dead, lock]) expect(existsSync(path)).toBe(false);
});

test('a checkpoint stays while its stage may go on from it, for a month', async () => {
  const cache = new Cache();
  await publish(cache, 'done', { o: await put(cache, '1') });
  await cache.run(['done']);
  const folder = (name: string): string => join(cache.root, 'checkpoints', hexOf(keyOf(name)));
  for (const name of ['done', 'going', 'forgotten']) filesIn(join(folder(name), '1'), { s: '1' });
  for (const path of ['1/s', '1', '.']) age(join(folder('forgotten'), path), 31);
  await cache.gc();
  expect(existsSync(folder('going'))).toBe(true);
  expect(existsSync(folder('done'))).toBe(false);
  expect(existsSync(folder('forgotten'))).toBe(false);
});

test('memos go after a month, but not those that say which exports are flow’s', async () => {
  const cache = new Cache();
  const bundle = await put(cache, 'bundle');
  await cache.open(async (store) => {
    await store.memo.put('closure', { code: bundle.digest });
    await store.memo.put('export-x', 1);
  });
  await cache.run([]);
  await cache.gc();
  expect(await cache.has(bundle)).toBe(true);
  const memo = (name: string): string => join(cache.root, 'memo', `m-${name}.json`);
  age(memo('closure'), 31);
  age(memo('export-x'), 31);
  await cache.gc();
  expect([existsSync(memo('closure')), existsSync(memo('export-x'))]).toEqual([false, true]);
  expect(await cache.has(bundle)).toBe(false);
});

test('what another process leased, or stored since it began, stays, also on a host that cannot be asked', async () => {
  for (const host of [{}, { host: 'elsewhere' }, { pidNamespace: 'pid:[1]' }]) {
    const cache = new Cache();
    await publish(cache, 'leased', { o: await put(cache, '1') });
    await publish(cache, 'lost', { o: await put(cache, '2') });
    const tree = await cache.open(async (store) =>
      value(await store.ingest(filesIn(join(temporaryFolder(), 't'), { f: 'in a tree' }), 'move')),
    );
    await cache.pause();
    filesIn(join(cache.root, 'tmp', '2-other'), {
      'owner.json': JSON.stringify({ ...ownIdentity(), ...host }),
      lease: `key ${keyOf('leased')}\ntree ${tree.digest}\n`,
    });
    await cache.pause();
    const since = await put(cache, 'since');
    await cache.gc();
    expect(await cache.action('leased')).toBeDefined();
    expect(await cache.action('lost')).toBeUndefined();
    expect(await cache.has(bytesOf('1'))).toBe(true);
    expect(await cache.has(bytesOf('2'))).toBe(false);
    expect(await cache.has(since)).toBe(true);
    expect(await cache.has(tree)).toBe(true);
  }
});

test('a lease ends with its process: at once on this host, after a day of silence on another', async () => {
  for (const [owner, days] of [
    [{ boot: 'earlier' }, 0],
    [{ host: 'elsewhere' }, 2],
  ] as const) {
    const cache = new Cache();
    await publish(cache, 'leased', { o: await put(cache, '1') });
    const folder = filesIn(join(cache.root, 'tmp', '2-other'), {
      'owner.json': JSON.stringify({ ...ownIdentity(), ...owner }),
      lease: `key ${keyOf('leased')}\n`,
    });
    if (days > 0) age(folder, days);
    await cache.gc();
    expect(await cache.action('leased')).toBeUndefined();
  }
});

test('a run on another host stays while its process may live, and counts as ended after', async () => {
  const cache = new Cache();
  const id = await cache.run([], { state: 'running', host: 'elsewhere', pid: 7 });
  await cache.run([]);
  const folder = filesIn(join(cache.root, 'tmp', '7-other'), {
    'owner.json': JSON.stringify({ ...ownIdentity(), host: 'elsewhere', pid: 7 }),
  });
  await cache.gc({ keepRuns: 1 });
  expect(await cache.runs.list()).toContain(id);
  age(folder, 2);
  await cache.gc({ keepRuns: 1 });
  expect(await cache.runs.list()).not.toContain(id);
});

test('runs of equal files in two projects are two pipelines', async () => {
  const cache = new Cache();
  for (const root of ['/one', '/two', '/two']) await cache.run([], { root });
  const { plan } = await cache.gc({ keepRuns: 1 });
  expect(plan.runs.map(({ verdict }) => verdict.goes)).toEqual([false, true, false]);
});

test('two gcs do not work at once', async () => {
  const cache = new Cache();
  await cache.run([]);
  await cache.open(async (store) => {
    expect((await store.locks.acquireGc()).kind).toBe('held');
    await expect(cache.gc()).rejects.toThrow(/flow gc/);
  });
});
