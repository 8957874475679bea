import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateMini } from '../../../../src/ml/data/mini/generate.ts';
import { writeMini } from '../../../../src/ml/data/mini/write.ts';

// MINI's own checks, taken from the prototype in which the world was measured.
const SHA256 = {
  'glue/RTE/train.tsv': '53869fde7271da8c618792e3277059a6f0ef4fc07182ac919429e17cf8e491ee',
  'glue/RTE/dev.tsv': 'f24375260a95e7cbbbd10d0a0a24721239490d28ab7bf2dd2e993c548ea95c47',
  'glue/MNLI/train.tsv': '24ddf28f6c60b5c6519ab4628a8e9954c493ac7287d16b7d630fb25818e6e1bc',
  'glue/STS-B/train.tsv': '47d888358f502ded502748382e70f09c1489838f334fc16982f03fe3130b2d41',
  'glue/CoLA/train.tsv': '6adf347ae4763e3e21e5d0cadf0ab44f9837cb311f0e6887d6fe87c759d460f1',
  'glue/QNLI/train.tsv': '0176cff65155d5b69a0a29baae9ad06b52f5a6694187bed3dfa40273f3d39718',
  'glue/MRPC/train.tsv': '69a4859994a40cd9dafda2587d73d2d0e49a2817921700e7a067cc621ab0bf1e',
  'glue/QQP/train.tsv': '44721819c582c6ed807903c65ce9f5f341145b27f10e9d5dd20c9c163e8faf69',
  'glue/SST-2/train.tsv': 'e3c043b2244a350eba331c4e6c988d25d60b318a24f0b6a171607ca66eb2f381',
  'truth/domains.tsv': '5cf02b900cee49ca596808a4f0e19e0ac5904f9776f2b8175856fcecf19446ea',
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mini-'));
  writeMini(generateMini(1), {
    glue: path.join(folder, 'glue'),
    truth: path.join(folder, 'truth'),
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
const rows = (name: string): string[][] =>
  read(name).trimEnd().split('\n').map((line) => line.split('\t')); // prettier-ignore

test.each(Object.entries(SHA256))('world 1 has the measured bytes of %s', (name, sha256) => {
  expect(createHash('sha256').update(read(name)).digest('hex')).toBe(sha256);
});

test('the same world is generated twice alike, and another world is another', () => {
  const first = JSON.stringify(generateMini(2));
  expect(JSON.stringify(generateMini(2))).toBe(first);
  expect(JSON.stringify(generateMini(3))).not.toBe(first);
});

test.each([
  'CoLA/test',
  'MNLI/test_matched',
  'MNLI/test_mismatched',
  'MRPC/test',
  'QNLI/test',
  'QQP/test',
  'RTE/test',
  'SST-2/test',
  'STS-B/test',
  'WNLI/test',
  'diagnostic/diagnostic',
])('%s, which a submission answers, has 300 rows and its labels apart', (file) => {
  const [header, ...body] = rows(`glue/${file}.tsv`);
  expect(body).toHaveLength(300);
  for (const label of ['label', 'gold_label', 'is_duplicate', 'Quality', 'score']) {
    expect(header).not.toContain(label);
  }
  const [truthHeader, ...truth] = rows(`truth/${file}.tsv`);
  expect(truthHeader).toEqual(['index', 'label', 'domain', 'teaches']);
  expect(truth).toHaveLength(300);
});

test('no text of a task stands in two of its files', () => {
  const files = generateMini(1);
  for (const task of readdirSync(path.join(folder, 'glue'))) {
    const texts = files
      .filter((file) => file.folder === task)
      .flatMap((file) => file.rows.map((row) => row.texts.join('\t')));
    expect(new Set(texts).size).toBe(texts.length);
  }
});

test('the rows related to RTE are those of its domain that state a fact', () => {
  const related = rows('truth/domains.tsv').filter(
    ([task, split, , domain, teaches]) =>
      task !== 'RTE' && split === 'train' && domain === 'beasts' && teaches === '1',
  );
  const of = (task: string): number => related.filter(([name]) => name === task).length;
  expect(related.length).toBeGreaterThan(880);
  expect(related.length).toBeLessThan(940);
  expect([of('MNLI'), of('QNLI'), of('CoLA')].map((n) => Math.round(n / 50) * 50)).toEqual([500, 300, 100]); // prettier-ignore
});
