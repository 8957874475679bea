import { expect, test } from 'vitest';
import { nearest, suggest } from '../../../src/flow/pipeline/nearest.ts';

test.each([
  ['a letter less', 'trin', 'train'],
  ['a letter more', 'traain', 'train'],
  ['another letter', 'troin', 'train'],
  ['two neighbours swapped', 'trian', 'train'],
  ['a swap in a short name', 'rnu', 'run'],
  ['a swap and a letter less in a longer name', 'fintnue', 'finetune'],
  ['other capitals', 'TRAIN', 'train'],
])('%s still names its candidate', (_, written, meant) => {
  expect(nearest(written, ['score', 'finetune', 'train', 'run'])).toBe(meant);
});

test('more than a third of the letters wrong is no candidate', () => {
  expect(nearest('trxyn', ['train'])).toBeUndefined();
  expect(nearest('ab', ['ba', 'xy'])).toBe('ba');
  expect(nearest('ab', ['xy'])).toBeUndefined();
});

test('without a near name, the hint lists what is known', () => {
  expect(suggest('x', ['alpha', 'beta'], 'stages')).toBe('the stages are: alpha, beta');
  expect(suggest('x', [], 'stages')).toBe('there are no stages');
});
