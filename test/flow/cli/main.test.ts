import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { flowBin, Project } from '../../rig/project.ts';

const project = new Project();
// Its plan is more than a pipe holds.
project.pipeline(
  [
    'stages:',
    ...Array.from(
      { length: 1500 },
      (_, i) => `  s${i}: { sh: 'echo > \${outputs.o}', outputs: { o: o } }`,
    ),
  ].join('\n'),
);
afterAll(() => project.close());

function inShell(command: string): { readonly status: number | null; readonly said: string } {
  const flow = `'${process.execPath}' '${flowBin}'`;
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-o', 'pipefail', '-c', command.replace('flow', flow)],
    { cwd: project.root, encoding: 'utf8' },
  );
  return { status, said: stdout + stderr };
}

test('a reader that takes its time gets all of it', () => {
  const { said } = inShell(`flow plan pipelines/p.yaml --json | { sleep 1; wc -c; }`);
  expect(Number(said)).toBeGreaterThan(1 << 16);
  expect(inShell('flow plan pipelines/p.yaml --json | tail -c 3').said.trim()).toMatch(/\}$/u);
});

test('a reader that leaves early is no failure', () => {
  expect(inShell('flow plan pipelines/p.yaml --json | head -c 9 | wc -c')).toEqual({
    status: 0,
    said: '9\n',
  });
});

test.runIf(existsSync('/dev/full'))('output that cannot be written is said in a line: 3', () => {
  const { status, said } = inShell('flow plan pipelines/p.yaml > /dev/full');
  expect(status).toBe(3);
  expect(said).toBe('flow: cannot write its output: ENOSPC: no space left on device, write\n');
});
