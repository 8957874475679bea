// Time and memory against the number of stages, so that what grows faster than it shows:
//   node test/bench/scaling.mjs [N…] [--runs 3] [--dir FOLDER] [--svg FILE]
// Without any N: 100, 300, 1,000, 3,000 and 10,000. Each is made once, which is the column `cold`, and then
// looked at. `growth` is the exponent between a row and the one above: 1 is linear, 2 would be quadratic.
// Needs `npm run build`. The folder lies on the file system that is measured; it is removed at the end.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { layeredDag, writeFlow, writeSources } from './layered-dag.mjs';
import { logLogChart } from './log-log-chart.mjs';
import { flowBin, load, once, peakMb, repeat } from './measure.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
    svg: { type: 'string' },
  },
});
const counts = (positionals.length > 0 ? positionals : [100, 300, 1000, 3000, 10_000]).map(Number);
if (counts.some((count) => !Number.isInteger(count) || count < 1)) {
  throw new Error(`numbers of stages, please: ${positionals.join(' ')}`);
}
const runs = Number(values.runs);
const folder = mkdtempSync(path.join(path.resolve(values.dir), 'flow-scaling-'));
const flow = (...words) => [process.execPath, flowBin, ...words, 'layered.yaml'];

/** What is measured of a project with so many stages, in this order. Milliseconds, but for the last two. */
const columns = {
  'first plan': (at) => repeat(1, flow('plan'), at, { warmUp: false }).wallMs,
  cold: (at) => repeat(1, flow('run', '-q'), at, { warmUp: false }).wallMs,
  'no-op': (at) => {
    // File times are believed when they are two seconds old.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    once(flow('run', '-q'), at);
    return repeat(runs, flow('run', '-q'), at).wallMs;
  },
  plan: (at) => repeat(runs, flow('plan'), at).wallMs,
  'MB, no-op': (at) => peakMb(flow('run', '-q'), at),
  'MB, YAML parsed': (at) => {
    rmSync(path.join(at, 'cache/memo'), { recursive: true });
    return peakMb(flow('run', '-q'), at);
  },
};
const names = Object.keys(columns);

try {
  print(`| stages | ${names.map((name) => `${name} | growth`).join(' | ')} | load |`);
  print(`| ---${' | --- | ---'.repeat(names.length)} | --- |`);
  const rows = [];
  for (const count of counts) {
    const at = path.join(folder, String(count));
    mkdirSync(at);
    const dag = layeredDag(count);
    writeSources(at, dag);
    writeFlow(at, dag);
    const row = { count, values: names.map((name) => columns[name](at)) };
    const above = rows.at(-1);
    rows.push(row);
    const cells = names.map((name, place) => {
      const grown = above && Math.log(row.values[place] / above.values[place]);
      const growth = above ? (grown / Math.log(count / above.count)).toFixed(2) : '';
      return `${shown(name, row.values[place])} | ${growth}`;
    });
    print(`| ${count.toLocaleString('en')} | ${cells.join(' | ')} | ${load()} |`);
    rmSync(at, { recursive: true });
  }
  if (values.svg !== undefined) {
    const lines = names
      .map((name, place) => ({ name, points: rows.map((row) => [row.count, row.values[place]]) }))
      .filter(({ name }) => !name.startsWith('MB'));
    const axes = { x: 'stages', y: 'milliseconds' };
    writeFileSync(values.svg, logLogChart('A layered DAG of N stages', lines, axes));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function shown(name, value) {
  if (name.startsWith('MB')) return value.toFixed(0);
  return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`;
}

function print(text) {
  process.stdout.write(`${text}\n`);
}
