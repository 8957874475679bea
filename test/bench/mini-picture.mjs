// Holds the figure of mini's RTE against what its designers measured in another implementation:
//   node dist/flow.js run pipelines/fig3.yaml -p seeds=0,1,2,3,4,5,6,7
//   node test/bench/mini-picture.mjs
// A cell agrees where its mean lies inside their interval, widened by ours. `related` is the share of
// the chosen rows that teach a fact of RTE's own domain, which the generator knows and no stage reads.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const print = (line) => process.stdout.write(`${line}\n`);
const flow = fileURLToPath(new URL('../../dist/flow.js', import.meta.url));
const ask = (...args) =>
  execFileSync(process.execPath, [flow, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });

// PyTorch, world 1, 8 seeds: mean, half of the 95 % interval, share of related rows.
const DESIGN = {
  'random 250': [0.768, 0.026, 0.04],
  'random 1000': [0.742, 0.05, 0.05],
  'random 3000': [0.785, 0.051, 0.05],
  'bce 250': [0.797, 0.02, 0.53],
  'bce 1000': [0.836, 0.018, 0.38],
  'bce 3000': [0.895, 0.018, 0.16],
  'ce 250': [0.798, 0.021, 0.75],
  'ce 1000': [0.849, 0.015, 0.43],
  'ce 3000': [0.891, 0.009, 0.16],
  st: [0.772, 0.025],
  mt: [0.889, 0.015],
};

const FILES = new Map([['QQP', 'qqp'], ['MNLI', 'mnli'], ['QNLI', 'qnli'], ['SST-2', 'sst2'], ['CoLA', 'cola']]); // prettier-ignore
const related = new Set();
for (const line of ask('cat', 'generate-mini.truth', 'domains.tsv').split('\n').slice(1)) {
  const [task, split, row, domain, teaches] = line.split('\t');
  if (split === 'train' && domain === 'beasts' && teaches === '1') related.add(`${FILES.get(task)} ${row}`); // prettier-ignore
}

const shares = new Map();
for (const { id, output, reference } of JSON.parse(ask('ls', 'select', '--json')).artifacts) {
  if (output !== 'selection' || !id.includes('primary=rte,')) continue;
  const [, strategy, num] = /strategy=(\w+),num=(\d+)/.exec(id);
  const rows = ask('cat', reference).trimEnd().split('\n').slice(1);
  const hits = rows.filter((line) => related.has(line.split('\t').slice(0, 2).join(' ')));
  const cell = `${strategy} ${num}`;
  shares.set(cell, [...(shares.get(cell) ?? []), hits.length / rows.length]);
}

const statistics = JSON.parse(readFileSync('results/fig3-statistics.json', 'utf8'));
const cells = [
  ...statistics.cells.map((cell) => ({ ...cell, name: `${cell.strategy} ${cell.num}` })),
  ...statistics.baselines,
];
// At the three decimals that theirs are known to.
const THREE = 0.0005;
let apart = 0;
print('cell          ours           theirs         related  theirs');
for (const { name, mean, low, high } of cells) {
  const [theirs, half, share] = DESIGN[name] ?? [];
  if (theirs === undefined) continue;
  const room = half + (high - low) / 2 - Math.abs(mean - theirs);
  if (room < -THREE) apart += 1;
  const all = shares.get(name);
  const ours = all === undefined ? '' : (all.reduce((a, b) => a + b) / all.length).toFixed(3);
  print(
    `${name.padEnd(12)}  ${interval(mean, (high - low) / 2)}  ${interval(theirs, half)}  ${ours.padStart(6)}  ${String(share ?? '').padStart(6)}${room < -THREE ? `  apart by ${(-room).toFixed(5)}` : ''}`,
  );
}
for (const { strategy, num, against, difference, p, better, n } of statistics.comparisons) {
  if (against !== 'random') continue;
  print(`${strategy} - random @${num}: ${difference.toFixed(3)}, p ${p.toFixed(4)}, better in ${better} of ${n}`); // prettier-ignore
}
print(`${apart} cells apart`);

function interval(mean, half) {
  return `${mean.toFixed(4)}+-${half.toFixed(3)}`;
}
