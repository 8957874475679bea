import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numAxis, scoreAxis } from '../../../src/ml/figure/axes.ts';
import { textWidth } from '../../../src/ml/figure/font.ts';
import { areaLook, looks } from '../../../src/ml/figure/palette.ts';
import { spread } from '../../../src/ml/figure/spread.ts';

describe('the score axis', () => {
  test('holds all values and has two to nine round ticks', () => {
    const value = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const { domain, ticks } = scoreAxis(values);
        expect(domain[0]).toBeLessThan(Math.min(...values));
        expect(domain[1]).toBeGreaterThan(Math.max(...values));
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(9);
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(domain[0] - 1e-9);
          expect(tick).toBeLessThanOrEqual(domain[1] + 1e-9);
        }
      }),
    );
  });
});

describe('the score axis of something that ends', () => {
  test('has no tick and no room beyond', () => {
    const limits = [0, 100] as const;
    expect(scoreAxis([85, 118], limits).domain).toEqual([83.95, 101.05]);
    expect(scoreAxis([-3, 20], limits).domain).toEqual([-1.4, 21.4]);
    expect(scoreAxis([99.5, 100], limits).ticks.at(-1)).toBe(100);
    expect(scoreAxis([0.5, 0], limits).ticks[0]).toBe(0);
  });
});

describe('the axis of N', () => {
  test('is logarithmic where N spans it, and linear where not', () => {
    expect(numAxis([250, 1000, 3000]).scale).toBe('log');
    expect(numAxis([500, 1000, 2000]).scale).toBe('linear');
    expect(numAxis([0, 500, 1000]).scale).toBe('linear');
    expect(numAxis([0]).scale).toBe('linear');
    expect(numAxis([0]).domain).toEqual([-0.5, 0.5]);
  });

  test('puts 0 left of the least N and breaks between them when logarithmic', () => {
    const { place, gap, ticks, domain } = numAxis([0, 250, 1000, 3000]);
    expect(ticks.map(({ label }) => label)).toEqual(['0', '250', '1,000', '3,000']);
    expect(place(0)).toBeGreaterThan(domain[0]);
    expect(gap).toBeGreaterThan(place(0));
    expect(gap).toBeLessThan(250);
    expect(numAxis([250, 3000]).gap).toBeNull();
  });

  test('says beside N what share of the pool it is, where the pool is known', () => {
    const { ticks } = numAxis([0, 250, 1000, 3000], 19_000);
    expect(ticks.map(({ share }) => share)).toEqual(['0 %', '1.3 %', '5.3 %', '16 %']);
    expect(numAxis([250, 1000]).ticks.every((tick) => !('share' in tick))).toBe(true);
  });

  test('has short labels for the large N of GLUE', () => {
    const { ticks } = numAxis([500, 16000, 800000, 1500]);
    expect(ticks.map(({ label }) => label)).toEqual(['500', '1.5k', '16k', '800k']);
  });
});

describe('labels that are spread', () => {
  const wishes = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), {
    minLength: 1,
    maxLength: 8,
  });

  test('keep the gap, the order and the bounds', () => {
    fc.assert(
      fc.property(wishes, (wanted) => {
        const placed = spread(wanted, 10, 0, 100);
        const sorted = placed.toSorted((a, b) => a - b);
        for (const [i, at] of sorted.entries()) {
          expect(at).toBeGreaterThanOrEqual(-1e-9);
          expect(at).toBeLessThanOrEqual(100 + 1e-9);
          if (i > 0) expect(at - (sorted[i - 1] as number)).toBeGreaterThanOrEqual(10 - 1e-9);
        }
        for (const [i, a] of wanted.entries()) {
          for (const [j, b] of wanted.entries()) {
            if (a < b) expect(placed[i]).toBeLessThan(placed[j] as number);
          }
        }
      }),
    );
  });

  test('stay where they are when they do not touch', () => {
    expect(spread([50, 10, 30], 10, 0, 100)).toEqual([50, 10, 30]);
  });

  test('share the way when they do', () => {
    expect(spread([50, 54], 10, 0, 100)).toEqual([47, 57]);
    expect(spread([2, 3], 10, 5, 100)).toEqual([5, 15]);
  });
});

describe('looks', () => {
  test('of the known strategies stay the same whatever stands beside them', () => {
    const alone = looks(['ce']).get('ce');
    expect(looks(['random', 'dsir', 'knn', 'ce']).get('ce')).toEqual(alone);
  });

  test('differ in colour and in shape', () => {
    const all = [...looks(['random', 'bce', 'ce', 'dsir', 'knn', 'intask', 'loss']).values()];
    expect(new Set(all.map(({ colour }) => colour)).size).toBe(7);
    expect(new Set(all.map(({ shape }) => shape)).size).toBe(7);
  });

  test('of the first 64 tasks differ, and those of eight in colour and in shape', () => {
    const all = Array.from({ length: 64 }, (_, i) => areaLook(i));
    expect(new Set(all.map(({ colour, shape }) => `${colour} ${shape}`)).size).toBe(64);
    expect(new Set(all.slice(0, 8).map(({ colour }) => colour)).size).toBe(8);
    expect(new Set(all.slice(0, 8).map(({ shape }) => shape)).size).toBe(8);
  });
});

test('the width of a text is that of Arial', () => {
  // AFM widths: D 722, e 556, v 500, space 278.
  expect(textWidth('Dev e', 10)).toBeCloseTo(26.12, 9);
  // In bold: D 722, e 556, v 556, space 278.
  expect(textWidth('Dev e', 10, 'bold')).toBeCloseTo(26.68, 9);
});
