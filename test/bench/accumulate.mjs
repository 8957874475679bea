// What a step's memory and time are in 1, 2, 4 and 8 parts, on wasm, whose memory ends at 4 GiB:
//   node test/bench/accumulate.mjs [minilm|base] [length] [batch]
// `base` is bert-base's size with random weights. Each number of parts runs in a process of its own. The
// losses say that the steps are the same.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ENCODERS, makeBatches, openLearner } from './encoders.mjs';

const BASE = { ...ENCODERS.minilm.config, layers: 12, hiddenSize: 768, heads: 12, ffnSize: 3072 };
const [name = 'minilm', length = '128', batch = '32', parts] = process.argv.slice(2);
const config = name === 'base' ? BASE : ENCODERS[name].config;

if (parts === undefined) {
  for (const accumulate of [1, 2, 4, 8]) {
    const args = [fileURLToPath(import.meta.url), name, length, batch, String(accumulate)];
    process.stdout.write(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  }
} else {
  const encoder = { config, length: Number(length), batch: Number(batch) };
  const [first] = await makeBatches(encoder);
  const learner = await openLearner('wasm', config, 0);
  const before = process.cpuUsage();
  const line = `${name}, ${batch} rows of ${length} tokens, in ${parts}:`;
  try {
    const step = { lr: 1e-4, dropoutSeed: 1, accumulate: Number(parts) };
    const { task } = await learner.step(first, step);
    const { user, system } = process.cpuUsage(before);
    const peak = process.resourceUsage().maxRSS / 2 ** 10;
    process.stdout.write(`${line} loss ${task.toFixed(6)}, ${((user + system) / 1e6).toFixed(1)} CPU s, ${peak.toFixed(0)} MiB at most\n`); // prettier-ignore
  } catch (error) {
    process.stdout.write(`${line} ${error.message}\n`);
  }
}
