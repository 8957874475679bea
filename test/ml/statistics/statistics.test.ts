import fc from 'fast-check';
import { describe as suite, expect, test } from 'vitest';
import { describe } from '../../../src/ml/statistics/describe.ts';
import { holm } from '../../../src/ml/statistics/holm.ts';
import { pairedTest } from '../../../src/ml/statistics/paired.ts';

// Oracles: SciPy 1.17.1 (t.interval, ttest_rel) and statsmodels 0.15.0 (multipletests, 'holm').
const CE = [0.85, 0.86, 0.83, 0.84, 0.87, 0.82, 0.85, 0.86];
const RANDOM = [0.74, 0.8, 0.7, 0.66, 0.79, 0.75, 0.72, 0.81];

suite('a description over seeds', () => {
  test('has the mean, the sample deviation and the t interval of SciPy', () => {
    const { n, mean, sd, low, high, interval } = describe(CE);
    expect({ n, interval }).toEqual({ n: 8, interval: 't95' });
    expect(mean).toBeCloseTo(0.8475, 12);
    expect(sd).toBeCloseTo(0.01669045920792562, 12);
    expect(low).toBeCloseTo(0.8335464269105668, 9);
    expect(high).toBeCloseTo(0.861453573089433, 9);
  });

  test('has the range below three values, for which t would say nothing', () => {
    expect(describe([0.8, 0.7])).toMatchObject({ low: 0.7, high: 0.8, interval: 'range' });
    expect(describe([0.8])).toEqual({ n: 1, mean: 0.8, sd: null, low: 0.8, high: 0.8, interval: 'range' }); // prettier-ignore
  });

  test('is refused for no values and for what is not finite', () => {
    expect(() => describe([])).toThrow('at least one');
    expect(() => describe([0.8, NaN])).toThrow('finite');
  });
});

suite('the paired t test', () => {
  test('agrees with SciPy on eight pairs', () => {
    const { difference, low, high, t, p, better } = pairedTest(CE, RANDOM);
    expect(difference).toBeCloseTo(0.10125, 12);
    expect(t).toBeCloseTo(6.476300313714969, 9);
    expect(p).toBeCloseTo(0.00034167456622900453, 9);
    expect(low).toBeCloseTo(0.06428163938109083, 9);
    expect(high).toBeCloseTo(0.1382183606189091, 9);
    expect(better).toBe(8);
  });

  test('agrees with SciPy where the first is the lower', () => {
    const { t, p, better } = pairedTest([0.5, 0.52, 0.49], [0.51, 0.5, 0.53]);
    expect(t).toBeCloseTo(-0.5773502691896258, 9);
    expect(p).toBeCloseTo(0.6220355269907728, 9);
    expect(better).toBe(1);
  });

  test('gives no p for one pair, nor where every pair differs by the same', () => {
    expect(pairedTest([0.8], [0.7])).toMatchObject({ n: 1, p: null, t: null, better: 1 });
    expect(pairedTest([0.1, 0.7, 0.4], [0.2, 0.8, 0.5]).p).toBeNull();
    expect(pairedTest([0.5, 0.6], [0.5, 0.6])).toMatchObject({ difference: 0, p: null, better: 0 });
  });

  test('changes its sign and nothing else when the sides change', () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(scores, scores, (a, b) => {
        const [there, back] = [pairedTest(a, b), pairedTest(b, a)];
        expect(back.difference).toBeCloseTo(-there.difference, 12);
        expect(back.p ?? 0).toBeCloseTo(there.p ?? 0, 12);
      }),
    );
  });
});

suite("Holm's correction", () => {
  test('agrees with statsmodels', () => {
    const first = holm([0.01, 0.04, 0.03, 0.005, 0.5]);
    for (const [i, p] of [0.04, 0.09, 0.09, 0.025, 0.5].entries())
      expect(first[i]).toBeCloseTo(p, 12);
    const second = holm([0.02, 0.02, 0.9, 0.8]);
    for (const [i, p] of [0.08, 0.08, 1, 1].entries()) expect(second[i]).toBeCloseTo(p, 12);
  });

  test('leaves a test that could not be made out of the family', () => {
    expect(holm([0.01, null, 0.04])).toEqual([0.02, null, 0.04]);
  });

  test('keeps the order of the p values, lowers none, and exceeds 1 never', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (p) => {
        const corrected = holm(p) as number[];
        for (const [i, value] of corrected.entries()) {
          expect(value).toBeGreaterThanOrEqual(p[i] as number);
          expect(value).toBeLessThanOrEqual(1);
          for (const [j, other] of corrected.entries()) {
            if ((p[i] as number) < (p[j] as number)) expect(value).toBeLessThanOrEqual(other);
          }
        }
      }),
    );
  });
});
