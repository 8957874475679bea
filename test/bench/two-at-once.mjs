// Two trainings at once on two cores against one alone: at least 1.8 times the examples.
//   node test/bench/two-at-once.mjs [mini,tiny,minilm] [--backend wasm] [--seconds 6] [--rounds 5]
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ENCODERS, makeBatches, openLearner } from './encoders.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string', default: 'wasm' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '5' },
  },
});
const names = positionals[0]?.split(',') ?? Object.keys(ENCODERS);
const print = (line) => process.stdout.write(`${line}\n`);

if (process.send === undefined) await drive();
else await serve(names[0]);

async function drive() {
  const script = fileURLToPath(import.meta.url);
  for (const name of names) {
    const children = [0, 1].map(() => fork(script, [name, '--backend', options.backend]));
    await Promise.all(children.map((child) => answer(child)));
    const ratios = [];
    for (let round = 0; round < Number(options.rounds); round++) {
      const alone = await rate(children.slice(0, 1));
      const both = await rate(children);
      ratios.push(both / alone);
    }
    for (const child of children) child.disconnect();
    ratios.sort((a, b) => a - b);
    const shown = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
    print(`${name} on ${options.backend}: two do ${ratios[ratios.length >> 1].toFixed(2)} x one (${shown})`); // prettier-ignore
  }
}

/** Examples a second of all together. */
async function rate(children) {
  const answers = children.map((child) => answer(child));
  for (const child of children) child.send(Number(options.seconds) * 1000);
  return (await Promise.all(answers)).reduce((sum, one) => sum + one, 0);
}

function answer(child) {
  return new Promise((resolve, reject) => {
    const ended = (code) => reject(new Error(`a training ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}

async function serve(name) {
  const batches = await makeBatches(ENCODERS[name]);
  const learner = await openLearner(options.backend, ENCODERS[name].config, 0);
  let step = 0;
  const once = () => learner.step(batches[step++ % 64], { lr: 1e-4, dropoutSeed: step });
  await once();
  process.on('message', async (milliseconds) => {
    const begin = performance.now();
    let examples = 0;
    while (performance.now() - begin < milliseconds) {
      await once();
      examples += ENCODERS[name].batch;
    }
    process.send((examples / (performance.now() - begin)) * 1000);
  });
  process.send('ready');
}
