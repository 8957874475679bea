import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EpochLog } from '../../../src/ml/experiment/epoch-log.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'epochs-'));
});
afterAll(() => rmSync(root, { recursive: true }));

function add(log: EpochLog, epoch: number, pearson: number): void {
  mkdirSync(log.model(epoch), { recursive: true });
  const file = path.join(log.model(epoch), 'vocab.txt');
  writeFileSync(file, `epoch ${epoch}`);
  chmodSync(file, 0o444);
  const losses = epoch === 0 ? null : { task: 1 / epoch / 3, discriminator: 0 };
  log.add({ epoch, losses, dev: { pearson, spearman: pearson / 3 } });
}

describe('the log of a fine-tuning', () => {
  test('chooses an epoch and tells of all', () => {
    const log = new EpochLog(path.join(root, 'plain'), path.join(root, 'unused'));
    [NaN, 0.5, 0.25].forEach((pearson, epoch) => add(log, epoch, pearson));
    expect(log.best().epoch).toBe(1);
    expect(log.table().split('\n')).toEqual([
      'epoch\ttask_loss\tpearson\tspearman\tchoice',
      '0\t\tNaN\tNaN\t0',
      `1\t${1 / 3}\t0.5\t${0.5 / 3}\t${0.5 * (0.5 / 3)}`,
      `2\t${1 / 6}\t0.25\t${0.25 / 3}\t${0.25 * (0.25 / 3)}`,
      '',
    ]);
  });

  test('comes back with its models in another process, up to the epoch that was saved', () => {
    const checkpoint = path.join(root, 'checkpoint');
    const first = new EpochLog(path.join(root, 'first'), checkpoint);
    add(first, 0, NaN);
    add(first, 1, 0.1 + 0.2);
    first.save();
    add(first, 2, 0.9);
    first.save();
    rmSync(path.join(root, 'first'), { recursive: true });
    const second = new EpochLog(path.join(root, 'second'), checkpoint);
    add(second, 0, NaN);
    second.restore(1);
    expect(second.records).toEqual(first.records.slice(0, 2));
    expect(readFileSync(path.join(second.model(1), 'vocab.txt'), 'utf8')).toBe('epoch 1');
    add(second, 2, 0.9);
    expect(second.table()).toBe(first.table());
  });
});
