// Two ways to compute, in turns: how much faster is the second?
//   node test/bench/variants.mjs wasm wasm-relaxed [mini,tiny,minilm] [--rounds 9] [--milliseconds 1000]
//   node test/bench/variants.mjs tensorflow tensorflow:bf16
// A way is a backend, with a precision behind a colon. wasm-relaxed needs Node 22 or later.
import { parseArgs } from 'node:util';
import { ENCODERS, makeBatches, openLearner } from './encoders.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '9' },
    milliseconds: { type: 'string', default: '1000' },
  },
});
const [first = 'wasm', second = 'wasm-relaxed', names = Object.keys(ENCODERS).join()] = positionals;

for (const name of names.split(',')) {
  const batches = await makeBatches(ENCODERS[name]);
  const ways = [];
  for (const way of [first, second]) {
    const [backend, precision] = way.split(':');
    ways.push(await openLearner(backend, ENCODERS[name].config, 0, precision));
  }
  for (const pass of ['train', 'forward']) {
    const rounds = [[], []];
    for (let round = -1; round < Number(options.rounds); round++) {
      // The order changes, so that a drift of the machine's speed favours neither.
      for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const seen = await measure(ways[i], pass, batches);
        if (round >= 0) rounds[i].push(seen);
      }
    }
    const ratio = (of) => median(rounds[0].map((one, i) => of(one) / of(rounds[1][i]))).toFixed(2);
    const [wall, cpu] = [ratio((one) => one.wall), ratio((one) => one.cpu)];
    process.stdout.write(`${name} ${pass}: ${second} ${wall} x ${first}, by CPU ${cpu} x\n`);
  }
}

/** Milliseconds of a step: the median by the clock, the mean by CPU. */
async function measure(learner, pass, batches) {
  const times = [];
  const before = process.cpuUsage();
  const begin = performance.now();
  for (let step = 0; step < 2 || performance.now() - begin < Number(options.milliseconds); step++) {
    const batch = batches[step % batches.length];
    const start = performance.now();
    if (pass === 'train') await learner.step(batch, { lr: 1e-4, dropoutSeed: step });
    else await learner.logits(batch);
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  return { wall: median(times), cpu: (user + system) / 1e3 / times.length };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
