// What batches of rows as long as they are save against padding every row to 128 tokens, on real GLUE:
//   node test/bench/buckets.mjs [rte,mrpc,stsb,qqp] [--backend wasm] [--encoder tiny] [--seconds 6]
// GLUE_DIR and MODELS_DIR say where the rows and a tokenizer (bert-base-uncased) lie. Both ways train on
// the same rows in the same batches of 32, in turns; padding is computed as tokens are, as it is in a
// padded batch.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ENCODERS, openLearner } from './encoders.mjs';
import { importSources } from './sources.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string', default: 'wasm' },
    encoder: { type: 'string', default: 'tiny' },
    seconds: { type: 'string', default: '6' },
  },
});
const {
  filesBelow,
  task,
  prepareTask,
  openTokenizer,
  encoderHere,
  epochBatches,
  gatherRows,
  rowLength,
} = await importSources(`
    export { prepareTask } from './src/ml/data/prepare.ts';
    export { filesBelow } from './src/ml/data/rows/task-files.ts';
    export { task } from './test/rig/glue-tasks.ts';
    export { openTokenizer } from './src/ml/text/tokenizer-folder.ts';
    export { encoderHere } from './src/ml/text/row-encoder.ts';
    export { epochBatches } from './src/ml/train/batches.ts';
    export { gatherRows, rowLength } from './src/ml/train/gather.ts';`);
const shared = fileURLToPath(new URL('../../../shared', import.meta.url));
const glue = process.env['GLUE_DIR'] ?? path.join(shared, 'glue');
const models = process.env['MODELS_DIR'] ?? path.join(shared, 'models');
const LENGTH = 128;
const BATCH = 32;

const tokenizer = openTokenizer(path.join(models, 'bert-base-uncased'));
const { config } = ENCODERS[options.encoder];
for (const name of positionals[0]?.split(',') ?? ['rte', 'mrpc', 'stsb', 'qqp']) {
  const settings = { task: task(name), draw: { rows: 4000, seed: 0 }, badRows: 'skip' };
  const encoder = encoderHere(tokenizer, LENGTH);
  const data = (await prepareTask(filesBelow(glue), settings, { encoder })).splits.get('train');
  const rows = Uint32Array.from({ length: data.rows }, (_, row) => row);
  const plan = [{ task: name, rows, length: (row) => rowLength(data, row) }];
  const own = epochBatches(plan, 0, { seed: 1, batch: BATCH, bucket: 16 })
    .filter((batch) => batch.rows.length === BATCH)
    .map((batch) => toRte(gatherRows(name, data, batch.rows)));
  const padded = own.map(pad);
  const [ours, theirs] = await alternate([own, padded]);
  const tokens = data.ids.length / data.rows;
  process.stdout.write(`${name.padEnd(5)} ${tokens.toFixed(1)} tokens a row; ${options.encoder} on ${options.backend}: ${ours.toFixed(0)} examples/s as they are, ${theirs.toFixed(0)} padded to ${LENGTH}: ${(ours / theirs).toFixed(2)} x\n`); // prettier-ignore
}

/** The head that the bench's learner has. */
function toRte(batch) {
  return { ...batch, task: 'rte', labels: batch.labels.map((_, i) => i % 2) };
}

function pad(batch) {
  const ids = new Int32Array(BATCH * LENGTH);
  for (let row = 0; row < BATCH; row++) {
    ids.set(batch.ids.subarray(batch.offsets[row], batch.offsets[row + 1]), row * LENGTH);
  }
  return { ...batch, ids, offsets: Uint32Array.from({ length: BATCH + 1 }, (_, row) => row * LENGTH) }; // prettier-ignore
}

/** Examples per CPU second of each, both over the same batches. */
async function alternate(ways) {
  const learners = [];
  for (const _ of ways) learners.push(await openLearner(options.backend, config, 0));
  const cpu = ways.map(() => 0);
  const end = performance.now() + Number(options.seconds) * 1000;
  let rounds = 0;
  for (; rounds === 0 || performance.now() < end; rounds++) {
    for (const [way, batches] of ways.entries()) {
      // Spread over the epoch: its batches have one length each.
      const batch = batches[(rounds * 7) % batches.length];
      const before = process.cpuUsage();
      await learners[way].step(batch, { lr: 1e-4, dropoutSeed: rounds });
      const { user, system } = process.cpuUsage(before);
      if (rounds > 0) cpu[way] += (user + system) / 1e6;
    }
  }
  return cpu.map((seconds) => ((rounds - 1) * BATCH) / seconds);
}
