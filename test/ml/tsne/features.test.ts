import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../../src/ml/hf/safetensors.ts';
import { pointsCsv, readFeatures } from '../../../src/ml/tsne/features.ts';
import { tsneOptions } from '../../../src/ml/tsne/options.ts';
import { TSNE_DEFAULTS } from '../../../src/ml/tsne/tsne.ts';

describe('the features of a model', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'features-'));
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    writeSafetensors(path.join(folder, 'features.safetensors'), new Map([['features', { shape: [3, 2], data }]])); // prettier-ignore
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const rows = (text: string): void => writeFileSync(path.join(folder, 'rows.tsv'), text);

  test('are read with the row that each belongs to', () => {
    rows('task\tsplit\trow\nmnli\ttrain\t4\nmnli\ttrain\t17\nrte\tdev\t0\n');
    const { points, rows: of } = readFeatures(folder);
    expect(points).toEqual({ n: 3, d: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(of).toEqual([{ task: 'mnli', split: 'train', row: 4 }, { task: 'mnli', split: 'train', row: 17 }, { task: 'rte', split: 'dev', row: 0 }]); // prettier-ignore
  });

  test('are refused where the rows are not as many', () => {
    rows('task\tsplit\trow\nmnli\ttrain\t4\n');
    expect(() => readFeatures(folder)).toThrow('for 3 features');
  });

  test('are written with their places', () => {
    const of = [{ task: 'mnli', split: 'train', row: 4 }, { task: 'rte', split: 'dev', row: 0 }]; // prettier-ignore
    expect(pointsCsv(of, Float64Array.of(0, 1, 0.25, 1 / 3))).toBe(
      'task,split,row,x,y\nmnli,train,4,0.000000,1.000000\nrte,dev,0,0.250000,0.333333\n',
    );
  });
});

describe("the param 'tsne'", () => {
  test('has defaults for what it leaves out', () => {
    expect(tsneOptions({})).toEqual(TSNE_DEFAULTS);
    expect(tsneOptions({ perplexity: 5, learning_rate: 200 })).toEqual({
      ...TSNE_DEFAULTS,
      perplexity: 5,
      learningRate: 200,
    });
  });

  test.each([
    [{ perplexty: 5 }, "no 'perplexty'"],
    [{ constructor: 5 }, "no 'constructor'"],
    [{ perplexity: 0 }, 'tsne.perplexity'],
    [{ theta: 0.9 }, 'tsne.theta'],
    [{ iterations: 2.5 }, 'tsne.iterations'],
    [{ exaggeration: '12' }, 'tsne.exaggeration'],
  ])('refuses %j', (param, message) => {
    expect(() => tsneOptions(param)).toThrow(message);
  });
});
