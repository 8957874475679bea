// All of GLUE's size, 949,098 training rows in eight tasks, through the real stages: tokenised, scored by
// the smallest encoder, selected. The rows are random words, in GLUE's layout and lengths.
//   node test/bench/whole-glue.mjs [--rows 1] [--kill] [--folder DIR]
// `--rows 0.1` makes a tenth of them. `--kill` kills flow (SIGKILL) once while rows are tokenised and once
// while they are scored, as soon as a shard is saved, and goes on: the outputs must be those of an
// undisturbed run. Prints what each stage took, and its peak memory.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1' },
    kill: { type: 'boolean', default: false },
    folder: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('../..', import.meta.url));
const flow = path.join(root, 'dist', 'flow.js');
const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'whole-glue-'));
const print = (line) => process.stdout.write(`${line}\n`);

// Rows of the training file, words of each text on average, header, and a line.
const GLUE = {
  MNLI: [392702, [20, 10], 'index\tsentence1\tsentence2\tgold_label', (i, t) => [i, ...t, pick(['entailment', 'neutral', 'contradiction'])]], // prettier-ignore
  RTE: [2490, [45, 9], 'index\tsentence1\tsentence2\tlabel', (i, t) => [i, ...t, pick(['entailment', 'not_entailment'])]], // prettier-ignore
  QQP: [363846, [11, 11], 'id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate', (i, t) => [i, i, i, ...t, pick([0, 1])]], // prettier-ignore
  QNLI: [104743, [10, 26], 'index\tquestion\tsentence\tlabel', (i, t) => [i, ...t, pick(['entailment', 'not_entailment'])]], // prettier-ignore
  MRPC: [3668, [19, 19], 'Quality\t#1 ID\t#2 ID\t#1 String\t#2 String', (i, t) => [pick([0, 1]), i, i, ...t]], // prettier-ignore
  'SST-2': [67349, [9], 'sentence\tlabel', (_, t) => [...t, pick([0, 1])]],
  CoLA: [8551, [8], undefined, (_, t) => ['x', pick([0, 1]), '', ...t]],
  'STS-B': [5749, [10, 10], 'index\tsentence1\tsentence2\tscore', (i, t) => [i, ...t, (random() * 5).toFixed(3)]], // prettier-ignore
};
const DEV_ROWS = 500;
let state = 1;
try {
  const rows = generate();
  print(`${rows} training rows`);
  const outputs = await measuredRun('cache');
  if (options.kill) {
    await killAtShard('disturbed', /train-0\.npy$/);
    await killAtShard('disturbed', /mnli-0\.npy$/);
    const disturbed = await measuredRun('disturbed');
    const ids = Object.keys({ ...outputs, ...disturbed });
    const other = ids.filter((id) => `${outputs[id]}` !== `${disturbed[id]}`);
    const same = other.length === 0;
    print(
      same
        ? `killed twice: the same outputs of all ${ids.length} instances`
        : `killed twice: OTHER OUTPUTS of ${other.join(' ')}`,
    );
    process.exitCode = same ? 0 : 1;
  }
} finally {
  if (options.folder === undefined) rmSync(folder, { recursive: true });
}

/** mulberry32, uniform in [0, 1). */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

function pick(list) {
  return list[Math.floor(random() * list.length)];
}

function generate() {
  const syllables = [...'bdfgklmnprstvz'].flatMap((a) => [...'aeiou'].map((b) => a + b));
  const words = Array.from({ length: 60000 }, () => Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(syllables)).join('')); // prettier-ignore
  // Word r of a language comes up about 1 / r of the time.
  const word = () => words[Math.floor(words.length ** random()) - 1];
  const text = (mean) =>
    Array.from({ length: 1 + Math.floor(random() * 2 * mean) }, word).join(' ');
  const glue = path.join(folder, 'glue');
  let total = 0;
  for (const [task, [all, means, header, line]] of Object.entries(GLUE)) {
    const train = Math.ceil(all * Number(options.rows));
    total += train;
    mkdirSync(path.join(glue, task), { recursive: true });
    const dev = task === 'MNLI' ? 'dev_matched' : 'dev';
    for (const [name, rows] of Object.entries({ train, [dev]: DEV_ROWS })) {
      const out = openSync(path.join(glue, task, `${name}.tsv`), 'w');
      let lines = header === undefined ? [] : [header];
      for (let i = 0; i < rows; i++) {
        lines.push(line(i, means.map(text)).join('\t'));
        if (lines.length === 10000) lines = (writeSync(out, `${lines.join('\n')}\n`), []);
      }
      if (lines.length > 0) writeSync(out, `${lines.join('\n')}\n`);
      closeSync(out);
    }
  }
  // As large as BERT's: the frequent half of the words, and pieces for the rest.
  const pieces = syllables.map((syllable) => `##${syllable}`);
  const vocabulary = new Set(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...syllables, ...pieces, ...words.slice(0, 30000)]); // prettier-ignore
  writeFileSync(path.join(folder, 'vocab.txt'), `${[...vocabulary].join('\n')}\n`);
  return total;
}

function start(cache) {
  const params = {
    data: 'glue',
    glue_dir: path.join(folder, 'glue'),
    vocab: path.join(folder, 'vocab.txt'),
    max_length: 128,
    'model.positions': 128,
    seeds: 0,
    strategies: 'random,bce',
    NUM: `1000,${Math.round(100000 * Number(options.rows))}`,
  };
  const flags = Object.entries(params).flatMap(([name, value]) => ['-p', `${name}=${value}`]);
  const place = ['--cache', path.join(folder, cache)];
  const args = [flow, 'run', 'pipelines/fig3.yaml', 'select', '-v', ...flags, ...place];
  return spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

async function measuredRun(cache) {
  const begin = performance.now();
  const child = start(cache);
  const code = await new Promise((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`flow run ended with ${code}`);
  print(`all: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return resultsOf(cache);
}

/** Prints what each instance took. @returns the digests of its outputs */
function resultsOf(cache) {
  const outputs = {};
  for (const file of filesBelow(path.join(folder, cache, 'actions'), /\.json$/)) {
    const { provenance, execution, outputs: made } = JSON.parse(readFileSync(file, 'utf8'));
    const { wallMs, cpuMs = NaN, maxRssBytes = NaN } = execution;
    outputs[provenance.instance] = Object.values(made).map(({ digest }) => digest);
    const memory = `${(maxRssBytes / 2 ** 20).toFixed(0)} MiB at most`;
    print(`${provenance.instance.padEnd(55)} ${seconds(wallMs)}, ${seconds(cpuMs)} CPU, ${memory}`);
  }
  return Object.fromEntries(Object.entries(outputs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

function filesBelow(place, name) {
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true })
    .filter((file) => name.test(file))
    .map((file) => path.join(place, file));
}

/** Kills flow when the first shard of `name` has been saved; its stages end with it. */
async function killAtShard(cache, name) {
  const child = start(cache);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  let over = false;
  void ended.then(() => (over = true));
  for (;;) {
    if (over) throw new Error(`flow ended before it saved a shard of ${name}`);
    const shards = filesBelow(path.join(folder, cache, 'checkpoints'), name);
    if (shards.length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  await ended;
  print(`killed when ${name} was there`);
}
