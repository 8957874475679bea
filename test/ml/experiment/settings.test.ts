import { describe, expect, test } from 'vitest';
import { labelScales, modelSettings, phaseSettings } from '../../../src/ml/experiment/settings.ts';

const td = { rows: 250, epochs: 4, lr: 1e-3, batch: 16, warmup: 0.1, bucket: 0, accumulate: 2 };
const model = {
  layers: 2,
  hidden: 64,
  heads: 2,
  ffn: 128,
  positions: 24,
  init: 0.1,
  dropout: 0,
  pooling: 'cls',
  dtype: 'bfloat16',
};

const tasks = [
  { task: 'rte', meta: { classes: 2 } },
  { task: 'stsb', meta: { classes: 1 } },
];

describe('settings', () => {
  test('are taken as they stand', () => {
    const { rows, ...rest } = td;
    expect(rows).toBe(250);
    const defaults = { weightDecay: 0, beta1: 0.9, beta2: 0.999, clip: 1 };
    expect(phaseSettings('td', td)).toEqual({ ...rest, schedule: 'linear', optimiser: defaults });
    const own = { weight_decay: 0.01, betas: [0.8, 0.95], clip: null, schedule: 'cosine' };
    expect(phaseSettings('td', { ...td, ...own })).toEqual({
      ...rest,
      schedule: 'cosine',
      optimiser: { weightDecay: 0.01, beta1: 0.8, beta2: 0.95, clip: Infinity },
    });
    expect([phaseSettings('td', td, 0.5).lr, phaseSettings('td', td).lr]).toEqual([0.5, 0.001]);
    const { accumulate, ...plain } = td;
    expect([accumulate, phaseSettings('td', plain).accumulate]).toEqual([2, 1]);
    expect(modelSettings('model', model)).toEqual(model);
    expect(modelSettings('model', { ...model, dtype: undefined }).dtype).toBe('float32');
    expect(labelScales('label_scale', { stsb: 0.2 }, tasks)).toEqual({ stsb: 0.2 });
    expect(labelScales('label_scale', { other: 2 }, tasks)).toEqual({ other: 2 });
    expect(labelScales('label_scale', {}, tasks)).toEqual({});
  });

  test.each([
    [{ epoch: 3 }, "param 'td' has no field 'epoch': there are rows, epochs, lr"],
    [{ epochs: undefined }, "param 'td.epochs' is absent, not an integer from 1"],
    [{ epochs: 1.5 }, "param 'td.epochs' is 1.5, not an integer from 1"],
    [{ batch: 0 }, "param 'td.batch' is 0, not an integer from 1"],
    [{ lr: '1e-3' }, `param 'td.lr' is "1e-3", not a number from 0`],
    [{ warmup: 2 }, "param 'td.warmup' is 2, not a number from 0 to 1"],
    [{ bucket: -1 }, "param 'td.bucket' is -1, not an integer from 0"],
    [{ accumulate: 0 }, "param 'td.accumulate' is 0, not an integer from 1"],
    [{ weight_decay: -1 }, "param 'td.weight_decay' is -1, not a number from 0"],
    [{ betas: [0.9] }, "param 'td.betas.second' is absent, not a number from 0 to 1"],
    [{ betas: 0.9 }, "param 'td.betas.first' is absent, not a number from 0 to 1"],
    [{ clip: 0 }, "param 'td.clip' is 0, not a number above 0"],
    [{ schedule: 'step' }, `param 'td.schedule' is "step", not linear or constant or cosine`],
  ])('of a training are refused with %j', (change, message) => {
    expect(() => phaseSettings('td', { ...td, ...change })).toThrow(message);
  });

  test.each([
    [{ pooling: 'max' }, `param 'model.pooling' is "max", not cls or mean`],
    [{ dtype: 'int8' }, `param 'model.dtype' is "int8", not float32 or float16 or bfloat16`],
    [{ dropout: 1 }, "param 'model.dropout' is 1, which drops everything: take a number below 1"],
    [{ heads: 3 }, "param 'model': hidden 64 is not a multiple of heads 3"],
    [{ width: 3 }, "param 'model' has no field 'width'"],
  ])('of a model are refused with %j', (change, message) => {
    expect(() => modelSettings('model', { ...model, ...change })).toThrow(message);
  });

  test.each([
    [{ rte: 0.2 }, "param 'label_scale' has a factor for the labels of rte, which has classes"],
    [{ stsb: 0 }, "param 'label_scale.stsb' is 0, not a number above 0"],
  ])('of labels are refused with %j', (fields, message) => {
    expect(() => labelScales('label_scale', fields, tasks)).toThrow(message);
  });
});
