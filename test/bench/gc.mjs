// node test/bench/gc.mjs [results]: CPU seconds and peak memory of `flow gc` on a cache of so many results
// (standard 20,000) of two outputs each, half of which only a run that goes lists.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const count = Number(process.argv[2] ?? 20_000);
const flowBin = fileURLToPath(new URL('../../dist/flow.js', import.meta.url));
const root = mkdtempSync(path.join(tmpdir(), 'flow-bench-gc-'));
const at = (...names) => path.join(root, ...names);
const say = (line) => process.stdout.write(`${line}\n`);
const sha = (data) => createHash('sha256').update(data).digest('hex');

function flow(...args) {
  const run = spawnSync('/usr/bin/time', ['-f', '%U %S %M', process.execPath, flowBin, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const [user, system, kib] = (run.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  if (run.status !== 0) throw new Error(run.stderr);
  return { cpu: user + system, mb: (kib * 1024) / 1e6, stdout: run.stdout };
}

mkdirSync(at('pipelines'));
writeFileSync(at('package.json'), '{}');
writeFileSync(
  at('pipelines/p.yaml'),
  "version: 1\nname: p\nstages:\n  s: { sh: 'echo 1 > ${outputs.o}; echo 2 > ${outputs.p}', outputs: { o: o, p: p } }\n",
);
flow('run', 'pipelines/p.yaml');

// The one real result, again and again under other keys and with other outputs.
const [first] = readdirSync(at('cache/actions'));
const [file] = readdirSync(at('cache/actions', first));
const model = JSON.parse(readFileSync(at('cache/actions', first, file), 'utf8'));
delete model.seal;
const old = new Date('2000-01-01T00:00:00Z');
const keys = [];
for (let i = 0; i < count; i++) {
  const outputs = {};
  for (const name of ['o', 'p']) {
    const text = `${name} ${i}\n`;
    const hex = sha(text);
    mkdirSync(at('cache/cas', hex.slice(0, 2)), { recursive: true });
    writeFileSync(at('cache/cas', hex.slice(0, 2), hex), text, { mode: 0o444 });
    utimesSync(at('cache/cas', hex.slice(0, 2), hex), old, old);
    outputs[name] = { kind: 'file', exec: false, size: text.length, digest: `sha256:${hex}` };
  }
  const key = `sha256:${sha(`key ${i}`)}`;
  keys.push(key);
  const provenance = { ...model.provenance, instance: `s@i=${i}` };
  const text = JSON.stringify({ ...model, key, outputs, provenance }).slice(0, -1);
  const hex = key.slice(7);
  mkdirSync(at('cache/actions', hex.slice(0, 2)), { recursive: true });
  writeFileSync(
    at('cache/actions', hex.slice(0, 2), `${hex}.json`),
    `${text},"seal":"${sha(text)}"}`,
  );
}
const [run] = readdirSync(at('cache/runs'));
const record = JSON.parse(readFileSync(at('cache/runs', run, 'run.json'), 'utf8'));
for (const [index, lists] of [keys.slice(0, count / 2), keys.slice(count / 2)].entries()) {
  const id = `20260101-00000${index}-000000`;
  const instances = lists.map((key, i) => ({
    ...record.summary.instances[0],
    id: `s@i=${i}`,
    key,
  }));
  mkdirSync(at('cache/runs', id));
  const summary = { ...record.summary, run_id: id, instances };
  writeFileSync(
    at('cache/runs', id, 'run.json'),
    JSON.stringify({
      ...record,
      run_id: id,
      summary,
      startedAt: `2026-01-01T00:00:0${index}.000Z`,
    }),
  );
}

const tell = (what, { cpu, mb, stdout }) =>
  say(
    `${what.padEnd(28)} ${cpu.toFixed(2)} s CPU  ${mb.toFixed(0)} MB  ${stdout.trim().split('\n').at(-2)}`,
  );
say(`${count} results, ${2 * count} blobs`);
tell('gc --dry-run', flow('gc', '--keep-runs', '2', '--grace', '0s', '-n'));
tell('gc', flow('gc', '--keep-runs', '2', '--grace', '0s'));
tell('gc again', flow('gc', '--keep-runs', '2', '--grace', '0s'));
rmSync(root, { recursive: true, force: true });
