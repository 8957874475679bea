import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TaskName } from '../../../src/ml/tasks/task.ts';
import { drawSplit } from '../../../src/ml/data/draw-split.ts';
import { keptRows, poolRows } from '../../../src/ml/data/split-file.ts';
import { TASKS } from '../../rig/glue-tasks.ts';

const world = fc.record({
  sizes: fc.uniqueArray(fc.tuple(fc.constantFrom(...TASKS), fc.integer({ min: 1, max: 60 })), {
    selector: ([name]) => name,
    minLength: 1,
  }),
  seed: fc.nat(),
  tdRows: fc.integer({ min: 1, max: 40 }),
  lowResource: fc.option(fc.integer({ min: 1, max: 50 })),
});

test('TD rows and pool of a task are disjoint, and together its kept rows', () => {
  fc.assert(
    fc.property(world, ({ sizes, ...settings }) => {
      const split = drawSplit(new Map(sizes), settings);
      expect([...split.tasks.keys()]).toEqual(sizes.map(([name]) => name));
      for (const [name, rows] of sizes) {
        const kept = keptRows(split, name);
        const td = split.tasks.get(name)?.td ?? new Uint32Array(0);
        const pool = poolRows(split, name);
        expect(kept).toHaveLength(Math.min(rows, settings.lowResource ?? rows));
        expect(td).toHaveLength(Math.min(kept.length, settings.tdRows));
        expect([...td, ...pool].sort((a, b) => a - b)).toEqual([...kept]);
        expect(kept.every((row, i) => row < rows && row > (kept[i - 1] ?? -1))).toBe(true);
      }
    }),
  );
});

const draw = (sizes: [TaskName, number][], seed: number) =>
  drawSplit(new Map(sizes), { seed, tdRows: 20, lowResource: 80 });

test('a split depends on the seed, and on no other task', () => {
  const both = draw([['mnli', 100], ['rte', 90]], 7); // prettier-ignore
  const turned = draw([['rte', 90], ['mnli', 100]], 7); // prettier-ignore
  expect([...turned.tasks.keys()]).toEqual(['rte', 'mnli']);
  expect(turned.tasks.get('mnli')).toEqual(both.tasks.get('mnli'));
  expect(draw([['rte', 90]], 7).tasks.get('rte')).toEqual(both.tasks.get('rte'));
  expect(draw([['rte', 90]], 8).tasks.get('rte')).not.toEqual(both.tasks.get('rte'));
});

test('every row is drawn about as often as any other', () => {
  const drawn = Array.from({ length: 20 }, () => 0);
  for (let seed = 0; seed < 2000; seed++) {
    const split = drawSplit(new Map([['rte', 20]]), { seed, tdRows: 5, lowResource: null });
    for (const row of split.tasks.get('rte')?.td ?? []) drawn[row] = (drawn[row] ?? 0) + 1;
  }
  // 2,000 draws with probability 1/4: five standard deviations are 97.
  for (const times of drawn) expect(Math.abs(times - 500)).toBeLessThan(97);
});
