// From the start of a training stage's process to its end after one small batch of each of mini's eight
// tasks: what a stage costs before it learns. At most 0.5 s.
//   node test/bench/cold-start.mjs [wasm] [repetitions]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importSources } from './sources.mjs';

const [backend = 'wasm', repetitions = '9'] = process.argv.slice(2);
const { Chain, StageRig } = await importSources(`
  export { Chain } from './test/rig/fastmtl-chain.ts';
  export { StageRig } from './test/rig/run-stage.ts';`);
const model = { layers: 2, hidden: 64, heads: 2, ffn: 128, positions: 24, init: 0.1, dropout: 0, pooling: 'cls' }; // prettier-ignore
const phase = { epochs: 1, lr: 1e-3, batch: 16, warmup: 0.1, bucket: 1 };
const folder = mkdtempSync(path.join(tmpdir(), 'cold-'));
const rig = new StageRig(folder);
try {
  const params = { rows: null, td: { rows: 1, ...phase }, to: phase, ft: phase, model, backend };
  const chain = new Chain(rig, path.join(folder, 'shared'), params);
  await chain.prepare();
  await chain.split(0);
  const walls = [];
  for (let i = 0; i < Number(repetitions); i++) {
    const start = performance.now();
    await chain.trainTd('bce', 0);
    // The first one bundles the stage, which is flow's work.
    if (i > 0) walls.push(performance.now() - start);
  }
  walls.sort((a, b) => a - b);
  const [least, median] = [walls[0], walls[walls.length >> 1]];
  process.stdout.write(`train-td on ${backend}, 8 steps: median ${median.toFixed(0)} ms, least ${least.toFixed(0)} ms\n`); // prettier-ignore
} finally {
  rig.close();
  rmSync(folder, { recursive: true });
}
