// The three encoders that are measured, 64 distinct batches for each, and our learner for them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importSources } from './sources.mjs';

const sources = await importSources(`
  export { openBackend } from './src/ml/backend/open.ts';
  export { generateMini } from './src/ml/data/mini/generate.ts';
  export { writeMini } from './src/ml/data/mini/write.ts';
  export { encoderHere } from './src/ml/text/row-encoder.ts';
  export { prepareTask } from './src/ml/data/prepare.ts';
  export { writeWordTokenizer } from './src/ml/experiment/vocabulary.ts';
  export { initialWeights } from './src/ml/encoder/init.ts';
  export { createLearner } from './src/ml/train/encoder-learner.ts';
  export { Stream } from './src/ml/random.ts';
  export { filesBelow } from './src/ml/data/rows/task-files.ts';
  export { TASKS, task } from './test/rig/glue-tasks.ts';
  export { openTokenizer } from './src/ml/text/tokenizer-folder.ts';
  export { epochBatches } from './src/ml/train/batches.ts';
  export { gatherRows, rowLength } from './src/ml/train/gather.ts';`);

const { Stream, createLearner, initialWeights, openBackend } = sources;

const BATCHES = 64;

const encoder = (layers, hiddenSize, heads, ffnSize, vocabSize) => ({
  family: 'bert',
  vocabSize,
  hiddenSize,
  layers,
  heads,
  ffnSize,
  positions: 512,
  segments: 2,
  padding: 0,
  layerNormEps: 1e-12,
  initializerRange: 0.02, // prettier-ignore
});

/** `length` null: the mini world's own rows. */
export const ENCODERS = {
  mini: { config: encoder(2, 64, 2, 128, 518), length: null, batch: 16 },
  tiny: { config: encoder(2, 128, 2, 512, 30522), length: 64, batch: 32 },
  minilm: { config: encoder(6, 384, 12, 1536, 30522), length: 64, batch: 16 },
};

export async function makeBatches({ config, length, batch }) {
  if (length === null) return miniBatches(batch);
  const stream = Stream.named(1, 'bench');
  const tokens = batch * length;
  return Array.from({ length: BATCHES }, () => ({
    task: 'rte',
    ids: Int32Array.from({ length: tokens }, () => 4 + (stream.u32() % (config.vocabSize - 4))),
    offsets: Uint32Array.from({ length: batch + 1 }, (_, row) => row * length),
    firstLength: new Uint16Array(batch).fill(length >> 1),
    labels: Float32Array.from({ length: batch }, () => stream.u32() % 2),
  }));
}

export async function openLearner(backendName, config, dropout, precision = 'fp32') {
  const heads = [{ task: 'rte', classes: 2 }];
  return createLearner(await openBackend(backendName, precision), {
    config,
    weights: initialWeights(config, { heads, discriminator: 0 }, 1),
    heads,
    pooling: 'cls',
    dropout,
    optimiser: { beta1: 0.9, beta2: 0.999, eps: 1e-8, clip: 1, weightDecay: 0, unused: 'zero' },
  });
}

/** Batches as a training draws them, of all tasks in turn, labels made yes or no. */
async function miniBatches(batch) {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
  try {
    const glue = path.join(folder, 'glue');
    sources.writeMini(sources.generateMini(1), { glue, truth: path.join(folder, 'truth') });
    const records = sources.TASKS.map(sources.task);
    const words = path.join(folder, 'tokenizer');
    const draw = { rows: null, seed: 0 };
    const find = sources.filesBelow(glue);
    const all = records.map((task) => ({ task, find }));
    await sources.writeWordTokenizer(words, { tasks: all, draw, badRows: 'fail' });
    const tokenizer = sources.openTokenizer(words);
    const encoder = sources.encoderHere(tokenizer, 24);
    const data = new Map();
    for (const task of records) {
      const settings = { task, draw, badRows: 'fail' };
      const { splits } = await sources.prepareTask(find, settings, { encoder });
      data.set(task.name, splits.get('train'));
    }
    const tasks = [...data].map(([task, rows]) => ({
      task,
      rows: Uint32Array.from({ length: rows.rows }, (_, row) => row),
      length: (row) => sources.rowLength(rows, row),
    }));
    return sources
      .epochBatches(tasks, 0, { seed: 1, batch, bucket: 1 })
      .filter(({ rows }) => rows.length === batch)
      .slice(0, BATCHES)
      .map(({ task, rows }) => ({ ...sources.gatherRows(task, data.get(task), rows), task: 'rte', labels: Float32Array.from(rows, (row) => row % 2) })); // prettier-ignore
  } finally {
    rmSync(folder, { recursive: true });
  }
}
