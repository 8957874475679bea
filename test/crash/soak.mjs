// node test/crash/soak.mjs [--minutes 30] [--seed N] [--flow dist/flow.js]
//
// Rounds of: random edits of a random DAG, then two drivers, a gc, a checkout and a verify at once on one
// cache, each of them killed with SIGKILL now and then at a random moment. After each round both states
// are run to their ends; every digest must be that of a run with an empty cache, and nothing may be left
// behind. Prints a line a minute, and a table at its end; exit 1 with the project kept at the first fault.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Dice, World } from './soak-world.mjs';

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, flow: { type: 'string' } },
});
const minutes = Number(values.minutes ?? 30);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const flowBin = path.resolve(
  values.flow ?? fileURLToPath(new URL('../../dist/flow.js', import.meta.url)),
);

const dice = new Dice(seed);
const root = mkdtempSync(path.join(tmpdir(), 'flow-soak-'));
const at = (...names) => path.join(root, ...names);
mkdirSync(at('pipelines'));
mkdirSync(at('marks'));
writeFileSync(at('package.json'), '{}');

const say = (line) => process.stdout.write(`${line}\n`);
const world = new World(root, dice);

const total = {
  rounds: 0,
  runs: 0,
  gcs: 0,
  checkouts: 0,
  verifies: 0,
  kills: 0,
  wide: 0,
  stages: 0,
  hits: 0,
  waits: 0,
  freed: 0,
};

function flow(args) {
  const child = spawn(process.execPath, [flowBin, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, P: at('marks'), WORD: world.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (chunk) => {
      out[name] += chunk;
    });
  }
  const ended = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ args, code, signal, ...out }));
  });
  return { child, ended };
}

class Fault extends Error {}
function must(holds, message, detail = '') {
  if (!holds)
    throw new Fault(`${message}\n${typeof detail === 'string' ? detail : JSON.stringify(detail)}`);
}

const runArgs = (end) => ['run', 'pipelines/p.yaml', '-v', '--json', '-j', '3', '-p', `end=${end}`];

/** With a kill at a random moment, now and then. */
async function disturbed(args, kills, afterMs) {
  await delay(dice.int(afterMs));
  const running = flow(args);
  if (!kills || !dice.chance(0.5)) return running.ended;
  const killed = delay(dice.int(900)).then(() => {
    if (running.child.exitCode === null && running.child.kill('SIGKILL')) total.kills += 1;
  });
  const ended = await running.ended;
  await killed;
  return ended;
}

/** Nothing but a signal may end it otherwise than well. */
function endedWell(ended, codes = [0]) {
  must(
    ended.signal === 'SIGKILL' || codes.includes(ended.code),
    `flow ${ended.args.join(' ')} ended with ${ended.code ?? ended.signal}`,
    ended.stdout + ended.stderr,
  );
  must(!/internal error|Internal error/.test(ended.stderr), 'an internal error', ended.stderr);
}

const digestsOf = (ended) => {
  const { instances } = JSON.parse(ended.stdout);
  return JSON.stringify(instances.map(({ id, outputs }) => [id, outputs]));
};

async function round() {
  for (let edits = dice.int(4); edits > 0; edits--) world.edit();
  world.wide = dice.chance(0.4);
  if (world.wide) total.wide += 1;
  world.write();
  rmSync(at('marks/ran'), { force: true });
  const kills = dice.chance(0.7);
  const collects = dice.chance(0.6);
  const ends = dice.chance(0.5) ? ['one', 'one'] : [world.word(), world.word()];
  const work = ends.map((end) => disturbed(runArgs(end), kills, 200));
  const limits = dice.pick([
    ['--keep-runs', '1'],
    ['--keep-runs', '3'],
    ['--max-size', '20kB'],
    [],
  ]);
  const others = [];
  if (collects) {
    total.gcs += 1;
    others.push(disturbed(['gc', ...limits, '--grace', '0s', '--json'], kills, 800));
  }
  if (dice.chance(0.4)) {
    total.checkouts += 1;
    const to = at(`out-${total.checkouts % 3}`);
    others.push(disturbed(['checkout', 's0.o', to, '--force'], kills, 800));
  }
  if (dice.chance(0.2)) {
    total.verifies += 1;
    others.push(disturbed(['verify', '--dry-run'], kills, 800));
  }
  const runs = await Promise.all(work);
  for (const run of runs) {
    total.runs += 1;
    total.waits += run.stderr.split(/ for pid [0-9]+ on /).length - 1;
    endedWell(run);
  }
  for (const other of await Promise.all(others)) {
    // Nothing may have run yet, or gc cannot get as small as it was asked.
    endedWell(other, other.args[0] === 'verify' ? [0] : [0, 1]);
    if (other.args[0] === 'gc' && other.code !== null)
      total.freed += JSON.parse(other.stdout).removed?.bytes ?? 0;
    if (other.args[0] === 'checkout' && other.code === 1)
      must(
        /no result|nothing has run|no longer|not in the cache/.test(other.stderr),
        'checkout',
        other.stderr,
      );
  }
  if (runs.every(({ signal }) => signal === null) && !collects && ends[0] === ends[1])
    computedOnce();
  await settled(ends);
}

/** Without kills and gc, two runs of one state compute each key once. */
function computedOnce() {
  const ran = existsSync(at('marks/ran')) ? readFileSync(at('marks/ran'), 'utf8') : '';
  const names = ran.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ')[0]]));
  must(new Set(names).size === names.length, 'a key was computed twice', ran);
}

/** Runs the round's states to their ends and compares them with runs from nothing. */
async function settled(ends) {
  for (const end of new Set(ends)) {
    const done = await flow(runArgs(end)).ended;
    endedWell(done);
    must(
      !/damaged|is missing from the cache|dropped/.test(done.stderr),
      'a hit was damaged',
      done.stderr,
    );
    const { ran, hit } = JSON.parse(done.stdout);
    total.runs += 1;
    total.stages += ran;
    total.hits += hit;
    const again = JSON.parse((await flow(runArgs(end)).ended).stdout);
    must(again.ran === 0, 'a second run ran something', again);
    const clean = await flow([...runArgs(end), '--cache', at('clean')]).ended;
    endedWell(clean);
    must(digestsOf(done) === digestsOf(clean), 'other digests than a clean run', [
      digestsOf(done),
      digestsOf(clean),
    ]);
    rmSync(at('clean'), { recursive: true, force: true });
  }
  must(left('locks').length === 0, 'locks are left', left('locks'));
  must(left('tmp').length === 0, 'scratch folders are left', left('tmp'));
  for (let waited = 0; stray().length > 0; waited += 50) {
    must(waited < 20_000, 'stages live on', stray());
    await delay(50);
  }
  if (total.rounds % 5 === 0) {
    const verified = await flow(['verify', '--dry-run']).ended;
    must(verified.code === 0, 'verify found damage', verified.stdout);
    // What two gcs one after another leave cannot be made smaller.
    await delay(20);
    const gc = ['gc', '--keep-runs', '2', '--grace', '0s', '--json'];
    endedWell(await flow(gc).ended);
    const second = JSON.parse((await flow(gc).ended).stdout);
    must(second.removed.bytes === 0, 'a second gc freed something', second.removed);
  }
}

const left = (folder) => (existsSync(at('cache', folder)) ? readdirSync(at('cache', folder)) : []);

/** Processes that work in this project. */
function stray() {
  return readdirSync('/proc').filter((pid) => {
    if (!/^[0-9]+$/.test(pid)) return false;
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${root}/cache/tmp`);
    } catch {
      return false;
    }
  });
}

const startedAt = Date.now();
const elapsed = () => (Date.now() - startedAt) / 60_000;
let told = 0;
say(
  `soak: seed ${seed}, ${minutes} minutes, ${cpus().length} cores, Node ${process.version}, in ${root}`,
);
try {
  while (elapsed() < minutes) {
    await round();
    total.rounds += 1;
    if (elapsed() - told < 1) continue;
    told = elapsed();
    say(`${told.toFixed(1)} min ${JSON.stringify(total)}`);
  }
  rmSync(root, { recursive: true, force: true });
  say(`soak: no fault in ${elapsed().toFixed(1)} minutes`);
  for (const [name, count] of Object.entries(total)) say(`${name.padEnd(10)} ${count}`);
} catch (error) {
  appendFileSync(at('fault.txt'), String(error instanceof Fault ? error.message : error.stack));
  say(
    `soak: FAULT in round ${total.rounds} of seed ${seed}: ${error instanceof Fault ? error.message : error.stack}`,
  );
  say(JSON.stringify(total));
  say(`kept: ${root}`);
  process.exitCode = 1;
}
