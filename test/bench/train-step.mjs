// Training and forward speed of one encoder on one backend, best and median of some seconds:
//   node test/bench/train-step.mjs [mini|tiny|minilm] [wasm|cpu|tensorflow] [seconds]
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const shape = (layers, hiddenSize, heads, ffnSize, vocabSize, length, batch) => ({
  config: { vocabSize, hiddenSize, layers, heads, ffnSize, positions: 512, segments: 2, layerNormEps: 1e-12, initializerRange: 0.02 }, // prettier-ignore
  length,
  batch,
});
const SHAPES = {
  mini: shape(2, 64, 2, 128, 518, 20, 16),
  tiny: shape(2, 128, 2, 512, 30522, 64, 32),
  minilm: shape(6, 384, 12, 1536, 30522, 64, 16),
};

const [name = 'mini', backendName = 'wasm', seconds = '5'] = process.argv.slice(2);
const { config, length, batch } = SHAPES[name];
const { createLearner, initialWeights, openBackend, mulberry32 } = await load();

const heads = [{ task: 'rte', classes: 2 }];
const backend = await openBackend(backendName);
const learner = createLearner(backend, {
  config,
  weights: initialWeights(config, { heads, discriminator: 0 }, 1),
  heads,
  pooling: 'cls',
  dropout: 0,
  optimiser: { beta1: 0.9, beta2: 0.999, eps: 1e-8, clip: 1, weightDecay: 0, unused: 'zero' },
});
const random = mulberry32(1);
const batches = Array.from({ length: 64 }, makeBatch);

for (const [label, pass] of [
  ['train', (i) => learner.step(batches[i % 64], { lr: 1e-4, dropoutSeed: i })],
  ['forward', (i) => learner.logits(batches[i % 64])],
]) {
  const { best, median, cpu, steps } = await measure(pass, Number(seconds) * 1000);
  const rate = (ms) => (batch / ms) * 1000;
  const line = `${name} on ${backendName}, ${label}: best ${rate(best).toFixed(0)}, median ${rate(median).toFixed(0)} examples/s; ${(cpu / steps / batch).toFixed(3)} CPU ms an example, ${steps} steps\n`;
  process.stdout.write(line);
}
process.stdout.write(`resident ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB\n`);

async function measure(pass, limit) {
  for (let i = 0; i < 3; i++) await pass(i);
  const times = [];
  const before = process.cpuUsage();
  const begin = performance.now();
  for (let i = 0; performance.now() - begin < limit; i++) {
    const start = performance.now();
    await pass(i);
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  const cpu = (user + system) / 1000;
  return { best: times[0], median: times[times.length >> 1], cpu, steps: times.length };
}

function makeBatch() {
  const tokens = batch * length;
  return {
    task: 'rte',
    ids: Int32Array.from({ length: tokens }, () => 4 + (random() % (config.vocabSize - 4))),
    offsets: Uint32Array.from({ length: batch + 1 }, (_, row) => row * length),
    firstLength: new Uint16Array(batch).fill(length >> 1),
    labels: Float32Array.from({ length: batch }, () => random() % 2),
  };
}

/** The sources as they stand, bundled: Node does not read TypeScript. */
async function load() {
  const folder = mkdtempSync(path.join(root, 'node_modules', '.bench-'));
  try {
    await build({
      stdin: {
        contents: `
          export { createLearner } from './src/ml/encoder/model.ts';
          export { initialWeights } from './src/ml/encoder/init.ts';
          export { openBackend } from './src/ml/backend/open.ts';
          export { mulberry32 } from './src/ml/random.ts';`,
        resolveDir: root,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      loader: { '.wasm': 'binary' },
      outfile: path.join(folder, 'bench.mjs'),
      logLevel: 'warning',
    });
    return await import(pathToFileURL(path.join(folder, 'bench.mjs')).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
