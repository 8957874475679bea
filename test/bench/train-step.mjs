// Our training step and forward pass against PyTorch's, one thread against one thread, in turns:
//   node test/bench/train-step.mjs [mini,tiny,minilm] [--backend wasm] [--dropout 0,0.1]
//        [--precision fp32] [--rounds 9] [--milliseconds 1500] [--alone]
// It fails where a loss is not finite or PyTorch does not answer, never by a time.
// Rates are medians over all steps of all rounds; a ratio is the median over the rounds, so that a
// machine which others use, too, disturbs it little. `cpu` ratios compare CPU seconds an example.
// `--alone` leaves PyTorch out; otherwise torch-venv.mjs makes its Python once.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ENCODERS, makeBatches, openLearner } from './encoders.mjs';
import { torchPython } from './torch-venv.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string', default: 'wasm' },
    precision: { type: 'string', default: 'fp32' },
    dropout: { type: 'string', default: '0,0.1' },
    rounds: { type: 'string', default: '9' },
    milliseconds: { type: 'string', default: '1500' },
    alone: { type: 'boolean', default: false },
  },
});
const names = positionals[0]?.split(',') ?? Object.keys(ENCODERS);
const print = (line) => process.stdout.write(`${line}\n`);
let rivalIsSaid = false;
const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
const rival = options.alone ? undefined : openRival();
try {
  for (const name of names) {
    for (const dropout of options.dropout.split(',')) await compare(name, Number(dropout));
  }
  print(`resident ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
} finally {
  rival?.close();
  rmSync(folder, { recursive: true });
}

async function compare(name, dropout) {
  const { config, batch } = ENCODERS[name];
  const batches = await makeBatches(ENCODERS[name]);
  const learner = await openLearner(options.backend, config, dropout, options.precision);
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(batches, plain));
  sayRival(await rival?.ask({ do: 'open', config, dropout, batches: file }));

  let step = 0;
  const passes = {
    train: async () => {
      const { task, gradientNorm } = await learner.step(batches[step++ % 64], { lr: 1e-4, dropoutSeed: step }); // prettier-ignore
      checkFinite(task, gradientNorm);
    },
    forward: async () => checkFinite(...(await learner.logits(batches[step++ % 64]))),
  };
  for (const [pass, work] of Object.entries(passes)) {
    // A forward pass knows no dropout.
    if (pass === 'forward' && dropout > 0) continue;
    const ask = (milliseconds) => rival?.ask({ do: pass, milliseconds });
    // As long as a round: native TensorFlow makes a graph of each structure first.
    await measure(work, Number(options.milliseconds));
    await ask(Number(options.milliseconds));
    const ours = [];
    const theirs = [];
    for (let round = 0; round < Number(options.rounds); round++) {
      // The order changes, so that a drift of the machine's speed favours neither.
      if (round % 2 === 1) theirs.push(await ask(Number(options.milliseconds)));
      ours.push(await measure(work, Number(options.milliseconds)));
      if (round % 2 === 0) theirs.push(await ask(Number(options.milliseconds)));
    }
    const label = `${name.padEnd(6)} ${pass.padEnd(7)} dropout ${dropout}`.padEnd(28);
    const mine = `${options.backend} ${speed(ours, batch)}`;
    if (rival === undefined) {
      print(`${label} ${mine}`);
      continue;
    }
    const pairs = ours.map((our, i) => [theirs[i], our]);
    const ratio = median(pairs.map(([their, our]) => median(their.times) / median(our.times)));
    const cpu = median(pairs.map(([their, our]) => cpuOf(their) / cpuOf(our)));
    const result = `${ratio.toFixed(2)} x, by CPU ${cpu.toFixed(2)} x`;
    print(`${label} ${mine}   torch ${speed(theirs, batch)}   ${result}`);
  }
}

/** A bench of what does not learn measures nothing. */
function checkFinite(...numbers) {
  if (!numbers.every(Number.isFinite)) throw new Error(`${options.backend} computes ${numbers}`);
}

/** Once: with an older PyTorch the ratios are not those of RESULTS.md. */
function sayRival(opened) {
  if (opened === undefined || rivalIsSaid) return;
  rivalIsSaid = true;
  const without = opened.lacks.length === 0 ? '' : `, which lacks ${opened.lacks.join(' and ')}: a slower rival than in RESULTS.md`; // prettier-ignore
  print(`PyTorch ${opened.torch}${without}`);
}

function plain(key, value) {
  return ArrayBuffer.isView(value) ? Array.from(value) : value;
}

function speed(rounds, batch) {
  const rate = (batch / median(rounds.flatMap(({ times }) => times))) * 1000;
  const cpu = (median(rounds.map(cpuOf)) / batch) * 1000;
  return `${rate.toFixed(rate < 100 ? 1 : 0)}/s, ${cpu.toFixed(3)} CPU ms an example`;
}

/** CPU seconds of a step. */
function cpuOf({ cpu, times }) {
  return cpu / times.length;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

async function measure(work, milliseconds) {
  const times = [];
  const before = process.cpuUsage();
  const begin = performance.now();
  while (times.length === 0 || performance.now() - begin < milliseconds) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  return { times, cpu: (user + system) / 1e6 };
}

function openRival() {
  const script = fileURLToPath(new URL('torch-step.py', import.meta.url));
  const child = spawn(torchPython(), [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('PyTorch ended without an answer');
      return JSON.parse(value);
    },
    close: () => child.stdin.end(),
  };
}
