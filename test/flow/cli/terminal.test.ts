import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textWidth } from '../../../src/flow/report/text-width.ts';
import { ToyProject } from './toy-project.ts';

// The live view on a real terminal of a given size, which `script` of util-linux provides.

const cli = fileURLToPath(new URL('../../../dist/flow.js', import.meta.url));
const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') === true;
if (!hasScript) process.stderr.write('terminal.test.ts: skipped, there is no script(1)\n');

const slow = `version: 1
name: slow
stages:
  train:
    matrix: { disc: [bce, ce], seed: [0, 1, 2] }
    sh: |
      for i in 1 2 3 4 5 6; do
        echo '{"type":"progress","done":'$i'00,"total":1000,"unit":"rows"}' >> "$FLOW_EVENTS"
        sleep 0.25
      done
      echo \${disc} > \${outputs.model}
    outputs: { model: model.txt }
  first: { sh: "sleep 0.2; exit 4", outputs: { x: x } }
`;

let project: ToyProject;

beforeEach(() => {
  project = new ToyProject({ 'pipelines/slow.yaml': slow });
});

afterEach(() => {
  project.remove();
});

interface Session {
  readonly raw: string;
  readonly code: number | null;
}

function onTerminal(
  columns: number,
  rows: number,
  words: string,
  env: Readonly<Record<string, string>> = {},
  meanwhile = ':',
): Promise<Session> {
  const command = `stty cols ${columns} rows ${rows}; ${meanwhile} & exec '${process.execPath}' '${cli}' ${words}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: project.dir,
    env: {
      PATH: process.env['PATH'],
      TERM: 'xterm-256color',
      SHELL: '/bin/sh',
      XDG_STATE_HOME: process.env['XDG_STATE_HOME'],
      ...env,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let raw = '';
  child.stdout.on('data', (chunk) => (raw += String(chunk)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ raw, code })));
}

/** Lines between cursor movements, without them. */
function drawnLines(raw: string): string[] {
  // oxlint-disable-next-line no-control-regex -- terminal sequences are what is taken away
  return raw.split(/\r?\n|\u001b\[[0-9;?]*[A-Zhl]/).map((line) => line.replaceAll('\r', ''));
}

test.skipIf(!hasScript)('a run is redrawn in place, within the terminal’s size', async () => {
  const { raw, code } = await onTerminal(60, 8, 'run pipelines/slow.yaml -j 4 -k train');
  expect(code).toBe(0);
  expect(raw).toContain('\u001b[?25l');
  expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001b[?25l'));
  expect(raw).toContain('━');
  expect(raw).toContain('rows/s');
  expect(raw).toContain('left');
  const frames = drawnLines(raw.slice(0, raw.indexOf('\u001b[?25h')));
  expect(Math.max(...frames.map(textWidth))).toBeLessThan(60);
  expect(raw.slice(raw.indexOf('\u001b[?25h'))).toContain('6 ran, 0 hits');
});

test.skipIf(!hasScript)('a failure ends the picture and is told below it', async () => {
  const { raw, code } = await onTerminal(80, 24, 'run pipelines/slow.yaml first', {
    NO_COLOR: '1',
  });
  expect(code).toBe(1);
  const after = raw.slice(raw.indexOf('\u001b[?25h')).replaceAll('\u001b[?25h', '');
  expect(after).toContain('✖ first: exited with code 4');
  expect(after).toContain('✖ slow: 0 ran, 0 hits, 1 failed');
  expect(after).not.toContain('\u001b');
});

test.skipIf(!hasScript)('a no-op draws nothing', async () => {
  await project.flow('run', 'pipelines/slow.yaml', 'train@disc=ce,seed=1');
  const { raw } = await onTerminal(80, 24, 'run pipelines/slow.yaml train@disc=ce,seed=1');
  expect(raw).not.toContain('\u001b[?25l');
  expect(raw).toContain('0 ran, 1 hit in');
});

test.skipIf(!hasScript)('in CI and on a dumb terminal lines are plain', async () => {
  const dumb = await onTerminal(80, 24, 'run pipelines/slow.yaml train@disc=bce,seed=0', {
    TERM: 'dumb',
  });
  const ci = await onTerminal(80, 24, 'run pipelines/slow.yaml train@disc=bce,seed=1', {
    CI: 'true',
  });
  for (const { raw } of [dumb, ci]) {
    expect(raw).not.toContain('\u001b[?25l');
    expect(raw).toMatch(/0\/1.*start .*\r\n.*1\/1.*ran /);
  }
});

test.skipIf(!hasScript)(
  'a window that becomes narrow while it runs is drawn anew, narrower',
  async () => {
    // The run's first progress opens the gate: the window changes after that, and before the end.
    const shrink =
      'until ls cache/runs/*/logs/train* >/dev/null 2>&1; do sleep 0.1; done; sleep 0.4; stty cols 36 </dev/tty';
    const { raw, code } = await onTerminal(
      100,
      24,
      'run pipelines/slow.yaml -j 2 train',
      {},
      `(${shrink})`,
    );
    expect(code).toBe(0);
    const frames = drawnLines(raw.slice(0, raw.indexOf('\u001b[?25h')));
    const head = (width: number): number => frames.findLastIndex((line) => textWidth(line) > width);
    expect(head(36)).toBeGreaterThan(0);
    // After the last wide line come narrow ones only.
    const narrow = frames.slice(head(36) + 1).filter((line) => line.includes('%'));
    expect(narrow.length).toBeGreaterThan(0);
  },
);

test.skipIf(!hasScript)('--quiet shows no progress, --verbose plain lines with hits', async () => {
  const one = 'run pipelines/slow.yaml train@disc=bce,seed=0';
  const quiet = await onTerminal(80, 24, `${one} -q`);
  expect(quiet.raw.replaceAll('\r', '').trim().split('\n')).toEqual([
    expect.stringContaining('1 ran, 0 hits'),
  ]);
  const verbose = await onTerminal(80, 24, `${one} -v`);
  expect(verbose.raw).not.toContain('\u001b[?25l');
  expect(verbose.raw).toMatch(/\[1\/1\].*hit .* train@disc=bce,seed=0/);
});

test.skipIf(!hasScript)('a second run says how long it will take, by the first', async () => {
  await project.flow('run', 'pipelines/slow.yaml', 'train', '-j', '4');
  project.write({ 'pipelines/slow.yaml': slow.replace('echo ', 'printf "" >&2; echo ') });
  const { raw } = await onTerminal(80, 24, 'run pipelines/slow.yaml -j 2 train');
  expect(raw).toMatch(/about 0:0\d left/);
});
