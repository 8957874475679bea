// Times whole processes, as a person waits for them.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const flowBin = fileURLToPath(new URL('../../dist/flow.js', import.meta.url));
const peakHook = fileURLToPath(new URL('../fixtures/peak-memory.cjs', import.meta.url));

/** Extra certificates cost a Node start a tenth of a second: they are no part of what is measured. */
function environment(more = {}) {
  const { NODE_EXTRA_CA_CERTS: _certs, ...env } = process.env;
  return { ...env, ...more };
}

// bash tells wall and CPU of a command to the millisecond, of all that it waited for, too.
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; time "$@"';

/** Wall and CPU milliseconds of one process and all that it waited for. Throws unless it exits with 0. */
export function once(argv, cwd, env) {
  const ended = spawnSync('bash', ['-c', TIMED, 'bash', ...argv], {
    cwd,
    env: environment(env),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (ended.status !== 0) {
    const said = `${ended.stdout}\n${ended.stderr}`.slice(-2000);
    throw new Error(`${argv.join(' ')} in ${cwd} ended with ${ended.status}\n${said}`);
  }
  const [wall, user, system] = ended.stderr
    .trimEnd()
    .split(/[\r\n]/)
    .at(-1)
    .split(' ')
    .map(Number);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, stdout: ended.stdout };
}

/** `before` runs ahead of each counted run and is not counted; the first run is a warm-up. */
export function repeat(runs, argv, cwd, { before = () => undefined, env, warmUp = true } = {}) {
  const walls = [];
  const cpus = [];
  for (let run = warmUp ? -1 : 0; run < runs; run += 1) {
    before();
    const { wallMs, cpuMs } = once(argv, cwd, env);
    if (run < 0) continue;
    walls.push(wallMs);
    cpus.push(cpuMs);
  }
  return {
    wallMs: median(walls),
    least: Math.min(...walls),
    most: Math.max(...walls),
    cpuMs: median(cpus),
  };
}

/** Peak resident megabytes of a Node program itself. */
export function peakMb(argv, cwd) {
  const file = path.join(tmpdir(), `flow-bench-peak-${process.pid}`);
  const [program, ...args] = argv;
  once([program, '--require', peakHook, ...args], cwd, { PEAK_MEMORY: file });
  const kib = Number(readFileSync(file, 'utf8'));
  rmSync(file);
  return kib / 1024;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

export const load = () => loadavg()[0].toFixed(1);
