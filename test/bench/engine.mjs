// The table of RESULTS.md for the cache and the engine, row by row:
//   node test/bench/engine.mjs [ROWS…] [--runs 5] [--rivals make,ninja,wireit,snakemake] [--dir FOLDER]
//   node test/bench/engine.mjs cold --against CHECKOUT   cold alone, beside another build and make in one loop
// ROWS: start cold noop last part memory big files matrix; without any, all. Needs `npm run build`.
// A run of all rows takes some ten minutes. The folder lies on the file system that is measured; it is removed at the end.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { editSource, layeredDag, writeFlow, writeSources } from './layered-dag.mjs';
import { flowBin, load, median, once, peakMb, repeat } from './measure.mjs';
import { install, rivals } from './rivals.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    rivals: { type: 'string', default: 'make,ninja' },
    dir: { type: 'string', default: tmpdir() },
    against: { type: 'string' },
  },
});
const runs = Number(values.runs);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(path.resolve(values.dir), 'flow-bench-'));
const tools = path.join(folder, 'tools');
const flow = (...words) => [process.execPath, flowBin, ...words];
const run = flow('run', 'layered.yaml', '-q');

const ofBytes = (size) => ({
  make: {
    sh: `head -c ${size} /dev/zero | tr '\\0' x > \${outputs.o}`,
    outputs: { o: 'big.bin' },
  },
});

const hashing = (file) => [
  process.execPath,
  '--input-type=module',
  '-e',
  `import { createHash } from 'node:crypto'; import { createReadStream } from 'node:fs';
   const hash = createHash('sha256');
   for await (const part of createReadStream(${JSON.stringify(file)}, { highWaterMark: 1 << 20 })) hash.update(part);`,
];

const rows = { start, cold, noop, last, part, memory, big, files, matrix };
const chosen = positionals.length > 0 ? positionals : Object.keys(rows);
const unknown = chosen.find((name) => !Object.hasOwn(rows, name));
if (unknown !== undefined) throw new Error(`no row '${unknown}': ${Object.keys(rows).join(' ')}`);

try {
  const wanted = values.rivals.split(',');
  if (['cold', 'noop', 'last', 'part'].some((row) => chosen.includes(row))) install(tools, wanted);
  const present = rivals.filter(({ name, isThere }) => wanted.includes(name) && isThere(tools));
  for (const name of wanted) {
    if (!present.some((rival) => rival.name === name)) say(`${name} is not installed: left out`);
  }
  print('| what | who | median | min to max | CPU | load |\n| --- | --- | --- | --- | --- | --- |');
  if (values.against === undefined) for (const name of chosen) rows[name](present);
  else pairedCold(path.join(path.resolve(values.against), 'dist/flow.js'), present);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function start() {
  row('bare Node', 'node', repeat(runs * 2, [process.execPath, '-e', '0'], folder));
  row('flow --version', 'flow', repeat(runs * 2, flow('--version'), folder));
  const plan = flow('plan', 'pipelines/fig3.yaml', '--cache', path.join(folder, 'fig3'));
  row('flow plan of fig3', 'flow', repeat(runs * 2, plan, root));
}

function cold(present) {
  for (const count of [1000, 5000]) {
    const at = layered(count, 'cold');
    // A new cache each time: ext4 without a journal is slow for a minute after thousands were removed.
    const env = {};
    let caches = 0;
    const before = () => {
      caches += 1;
      env.FLOW_CACHE = path.join(at, `cache-${caches}`);
    };
    // The longest rows are there once.
    const times = count > 1000 ? 1 : Math.min(runs, 3);
    row(`cold, ${count}`, 'flow', repeat(times, run, at, { before, env, warmUp: false }));
    for (const rival of within(present, count, `cold, ${count}`)) {
      const where = rivalIn(rival, count, 'cold');
      const before = () => rival.clear(where);
      row(`cold, ${count}`, rival.name, repeat(times, rival.argv(), where, { before, env: rival.env, warmUp: false })); // prettier-ignore
    }
  }
}

/**
 * Cold runs of 1,000 stages by this build and another one, with make in the same loop: what a stage costs beyond
 * make's, and the ratio of the two. Only what was measured in one round is compared, since a disk has good
 * minutes and bad ones.
 */
function pairedCold(other, present) {
  const count = 1000;
  const make = present.find(({ name }) => name === 'make');
  if (make === undefined) throw new Error('make is not installed: nothing to compare with');
  const where = rivalIn(make, count, 'paired');
  const times = { make: [], other: [], this: [] };
  const overheads = { other: [], this: [] };
  const ratios = [];
  for (let round = 0; round < runs; round += 1) {
    make.clear(where);
    const wall = { make: once(make.argv(), where, make.env).wallMs };
    // Who comes first changes: the second one finds the disk busier.
    const builds = [['other', other], ['this', flowBin]]; // prettier-ignore
    for (const [name, bin] of round % 2 === 0 ? builds : builds.toReversed()) {
      const at = layered(count, `${name}-${round}`);
      const argv = [process.execPath, bin, 'run', 'layered.yaml', '-q'];
      wall[name] = once(argv, at).wallMs;
      overheads[name].push((wall[name] - wall.make) / count);
    }
    for (const [name, ms] of Object.entries(wall)) times[name].push(ms);
    ratios.push((wall.this - wall.make) / (wall.other - wall.make));
  }
  for (const [name, walls] of Object.entries(times)) {
    print(`| cold, ${count}, paired | ${name} | ${shown(median(walls))} | ${shown(Math.min(...walls))} to ${shown(Math.max(...walls))} | | ${load()} |`); // prettier-ignore
  }
  for (const [name, all] of Object.entries(overheads)) {
    print(`| beyond make, a stage | ${name} | ${median(all).toFixed(2)} ms | | | |`);
  }
  print(`| ratio of the two | this : other | ${median(ratios).toFixed(2)} | ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} | | |`); // prettier-ignore
}

function noop(present) {
  for (const count of [10, 1000, 5000]) {
    row(`no-op, ${count}`, 'flow', repeat(runs * 2, run, upToDate(count)));
    for (const rival of within(present, count, `no-op, ${count}`)) {
      const where = rivalIn(rival, count, 'noop');
      once(rival.argv(), where, rival.env);
      row(`no-op, ${count}`, rival.name, repeat(runs, rival.argv(), where, { env: rival.env }));
    }
  }
}

function last(present) {
  edited('one last stage of 1,000', 'last', present);
}

/** Two stages read the source: 535 of 1,000 depend on it. */
function part(present) {
  edited('535 of 1,000', '7', present);
}

function edited(what, source, present) {
  const at = upToDate(1000);
  const ran = JSON.parse(once([...run, '--json'], (editSource(at, source), at)).stdout).ran;
  row(
    `${what} (${ran} ran)`,
    'flow',
    repeat(runs, run, at, { before: () => editSource(at, source) }),
  );
  for (const rival of within(present, 1000, what)) {
    const where = rivalIn(rival, 1000, what.replaceAll(/\W/g, ''));
    once(rival.argv(), where, rival.env);
    const before = () => editSource(where, source);
    row(what, rival.name, repeat(runs, rival.argv(), where, { before, env: rival.env }));
  }
}

function memory() {
  const at = upToDate(5000);
  fact('peak memory, 5,000, warm', `${peakMb(run, at).toFixed(0)} MB`);
  rmSync(path.join(at, 'cache/memo'), { recursive: true });
  fact('peak memory, 5,000, YAML parsed', `${peakMb(run, at).toFixed(0)} MB`);
  rmSync(path.join(at, 'cache'), { recursive: true });
  fact('peak memory, 5,000, cold', `${peakMb(run, at).toFixed(0)} MB`);
}

/** Against one SHA-256 pass and `cp`, which the same disk serves in the same minute. */
function big() {
  const bytes = 2 * 1024 ** 3;
  const small = project('small', ofBytes(1024));
  const at = project('big', ofBytes(bytes));
  row('2 GiB artifact: first store, with making it', 'flow', repeat(1, run, at, { warmUp: false }));
  once(run, small);
  row('no-op, small artifact', 'flow', repeat(runs, run, small));
  row('no-op, 2 GiB artifact', 'flow', repeat(runs, run, at));
  const there = path.join(at, 'restored.bin');
  const gone = () => rmSync(there, { force: true });
  const restore = flow('checkout', 'make.o', 'restored.bin');
  row('restore 2 GiB', 'flow', repeat(3, restore, at, { before: gone }));
  gone();
  once(restore, at);
  const copy = path.join(at, 'copy.bin');
  const noCopy = () => rmSync(copy, { force: true });
  row('make 2 GiB without a tool', 'sh', repeat(3, ['sh', '-c', `head -c ${bytes} /dev/zero | tr '\\0' x > copy.bin`], at, { before: noCopy })); // prettier-ignore
  row('cp 2 GiB', 'cp', repeat(3, ['cp', '--reflink=never', there, copy], at, { before: noCopy }));
  row('SHA-256 of 2 GiB', 'node', repeat(3, hashing(there), at));
  for (const each of [at, small]) rmSync(each, { recursive: true });
}

function files() {
  const script =
    'mkdir -p ${outputs.o}; for d in {0..99}; do mkdir ${outputs.o}/$d; for f in {0..199}; do echo $d-$f > ${outputs.o}/$d/$f; done; done';
  const at = project('files', { make: { sh: script, outputs: { o: 'tree/' } } });
  const alone = script.replaceAll('${outputs.o}', 'plain');
  row('20,000 files: make and store', 'flow', repeat(1, run, at, { warmUp: false }));
  row('20,000 files: make alone', 'bash', repeat(1, ['bash', '-c', alone], at, { warmUp: false }));
  row('20,000 files: no-op', 'flow', repeat(runs, run, at));
  const before = () => rmSync(path.join(at, 'restored'), { recursive: true, force: true });
  row(
    '20,000 files: restore',
    'flow',
    repeat(3, flow('checkout', 'make.o', 'restored'), at, { before }),
  );
}

/** Time against N, for one matrix; scaling.mjs has it for stages. */
function matrix() {
  for (const count of [5000, 20_000]) {
    const at = path.join(folder, `matrix-${count}`);
    mkdirSync(at);
    writeFileSync(path.join(at, 'flow.yaml'), '');
    const numbers = Array.from({ length: count }, (_, index) => index).join(', ');
    const stage = `  s: { matrix: { n: "\${numbers}" }, sh: 'echo \${n} > \${outputs.o}', outputs: { o: o.txt } }`;
    const text = `version: 1\nname: matrix\nparams: { numbers: { default: [${numbers}] } }\nstages:\n${stage}\n`;
    writeFileSync(path.join(at, 'layered.yaml'), text);
    row(`matrix of ${count}: first plan`, 'flow', repeat(1, flow('plan', 'layered.yaml'), at, { warmUp: false })); // prettier-ignore
    row(
      `matrix of ${count}: plan, nothing made`,
      'flow',
      repeat(3, flow('plan', 'layered.yaml'), at),
    );
    row(`matrix of ${count}: cold`, 'flow', repeat(1, run, at, { warmUp: false }));
    once(run, at);
    row(`matrix of ${count}: no-op`, 'flow', repeat(3, run, at));
    row(`matrix of ${count}: plan`, 'flow', repeat(3, flow('plan', 'layered.yaml'), at));
    fact(`matrix of ${count}: peak memory of a no-op`, `${peakMb(run, at).toFixed(0)} MB`);
    rmSync(at, { recursive: true });
  }
}

/** A copy of the DAG for flow. */
function layered(count, what) {
  const at = path.join(folder, `flow-${what}-${count}`);
  rmSync(at, { recursive: true, force: true });
  mkdirSync(at);
  const dag = layeredDag(count);
  writeSources(at, dag);
  writeFlow(at, dag);
  return at;
}

/** Everything made, and old enough for file times to be believed. */
function upToDate(count) {
  const at = layered(count, 'warm');
  once(run, at);
  spin(2500);
  once(run, at);
  return at;
}

/** Rivals that can be waited for with so many stages; of the others it is said that they were left out. */
function within(present, count, what) {
  return present.filter(({ name, most }) => {
    if (count > most) print(`| ${what} | ${name} | more than ${most} stages take it too long |`);
    return count <= most;
  });
}

function rivalIn(rival, count, what) {
  const at = path.join(folder, `${rival.name}-${what}-${count}`);
  mkdirSync(at);
  const dag = layeredDag(count);
  writeSources(at, dag);
  rival.write(at, dag, tools);
  return at;
}

function project(name, stages) {
  const at = path.join(folder, name);
  mkdirSync(at);
  writeFileSync(path.join(at, 'flow.yaml'), '');
  writeFileSync(path.join(at, 'layered.yaml'), JSON.stringify({ version: 1, name, stages }));
  return at;
}

function spin(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function row(what, who, { wallMs, least, most, cpuMs }) {
  print(
    `| ${what} | ${who} | ${shown(wallMs)} | ${shown(least)} to ${shown(most)} | ${shown(cpuMs)} | ${load()} |`,
  );
}

function fact(what, value) {
  print(`| ${what} | flow | ${value} | | | ${load()} |`);
}

function shown(ms) {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
