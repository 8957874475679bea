import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Artifact } from '../../../../src/flow/core/artifact.ts';
import { keyOf, temporaryFolder, value } from '../temporary.ts';
import { Cache } from './cache.ts';

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
        artifacts[output] = await cache.put(content);
        continue;
      }
      artifacts[output] = await cache.putTree(content);
    }
    made.set(name, artifacts);
    await cache.publish(name, artifacts);
  }
  for (const text of shape.garbage) await cache.put(`garbage ${text}`);
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
        checkpoints: preview.checkpoints.length,
        memos: preview.memos.length,
        abandoned: preview.abandoned.length,
        kept: preview.kept.length,
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
            value(await store.materialise(artifact, join(temporaryFolder(), 'x'), 'writable'));
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
        checkpoints: 0,
        memos: 0,
        abandoned: 0,
        kept: 0,
        bytes: 0,
      });
    }),
    { numRuns: 25 },
  );
}, 120_000);
