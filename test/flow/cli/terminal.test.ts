import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textWidth } from '../../../src/flow/report/text-width.ts';
import { ToyProject } from './toy-project.ts';

// The live view on a real terminal of a given size, which `script` of util-linux provides.

const cli = fileURLToPath(new URL('../../../dist/flow.js', import.meta.url));
const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') === true;
if (!hasScript) process.stderr.write('terminal.test.ts: skipped, there is no script(1)\n');

let project: ToyProject;

beforeEach(() => {
  project = new ToyProject({
    'pipelines/slow.yaml': `version: 1
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
`,
  });
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
): Promise<Session> {
  const command = `stty cols ${columns} rows ${rows}; exec '${process.execPath}' '${cli}' ${words}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: project.dir,
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
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
