import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = path.join(root, '.ci', 'report.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ci-report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Of each test of one file: its name and its status. */
type Statuses = readonly (readonly [name: string, status: 'passed' | 'failed' | 'skipped'])[];

function report(name: string, files: Readonly<Record<string, Statuses>>, exit = 0): void {
  const testResults = Object.entries(files).map(([file, tests]) => ({
    name: path.join(root, file),
    status: tests.some(([, status]) => status === 'failed') ? 'failed' : 'passed',
    message: '',
    assertionResults: tests.map(([fullName, status]) => ({
      fullName,
      status,
      failureMessages: status === 'failed' ? ['Error: no'] : [],
    })),
  }));
  writeFileSync(path.join(folder, `${name}.json`), JSON.stringify({ testResults }));
  if (!name.endsWith('-again')) writeFileSync(path.join(folder, `${name}.status`), `${exit}\n`);
}

function ci(command: 'again' | 'total', ...names: readonly string[]) {
  const { status, stdout } = spawnSync(process.execPath, [script, command, folder, ...names], {
    cwd: root,
    encoding: 'utf8',
  });
  const lines = stdout.trimEnd().split('\n');
  return { status, stdout, closing: lines.at(-1) };
}

test('a test that ran on several Nodes counts once, and a skipped one not at all', () => {
  report('node20', {
    'a.test.ts': [
      ['x', 'passed'],
      ['y', 'passed'],
      ['z', 'skipped'],
    ],
  });
  report('node22', {
    'a.test.ts': [
      ['x', 'passed'],
      ['y', 'passed'],
    ],
  });
  const { status, stdout, closing } = ci('total', 'node20', 'node22');
  expect([status, closing]).toEqual([0, '2 passed, 0 failed']);
  expect(stdout).toContain('::: node22: 2 tests ran, 0 of them failed, 0 were flaky\n');
  expect(stdout.match(/\d+ passed, \d+ failed/g)).toHaveLength(1);
});

test('tests of one name count each, in one file and in several', () => {
  report('node20', {
    'a.test.ts': [
      ['x', 'passed'],
      ['x', 'passed'],
    ],
    'b.test.ts': [['x', 'passed']],
  });
  expect(ci('total', 'node20').closing).toBe('3 passed, 0 failed');
});

test('a test that failed on any Node has failed', () => {
  report('node20', {
    'a.test.ts': [
      ['x', 'passed'],
      ['y', 'passed'],
    ],
  });
  report(
    'node24',
    {
      'a.test.ts': [
        ['x', 'failed'],
        ['y', 'passed'],
      ],
    },
    1,
  );
  const { status, stdout, closing } = ci('total', 'node20', 'node24');
  expect([status, closing]).toEqual([1, '1 passed, 1 failed']);
  expect(stdout).toContain('FAILED on node24: a.test.ts: x\nError: no\n');
});

test('a test that passes when its file is run again is flaky, and passed', () => {
  report('node20', {
    'a.test.ts': [
      ['x', 'failed'],
      ['y', 'failed'],
      ['z', 'passed'],
    ],
  });
  report('node20-again', {
    'a.test.ts': [
      ['x', 'passed'],
      ['y', 'passed'],
      ['z', 'passed'],
    ],
  });
  const { status, stdout, closing } = ci('total', 'node20');
  expect([status, closing]).toEqual([0, '3 passed, 0 failed']);
  expect(stdout).toContain('FLAKY on node20: a.test.ts: x\nError: no\n');
  expect(stdout).toContain('::: 2 tests are flaky, at most 2 are tolerated\n');
});

test('more than two flaky tests have failed, whatever Node they ran on', () => {
  for (const [name, tests] of [
    ['node20', ['x', 'y']],
    ['node22', ['z']],
  ] as const) {
    report(name, { 'a.test.ts': tests.map((test) => [test, 'failed'] as const) });
    report(`${name}-again`, { 'a.test.ts': tests.map((test) => [test, 'passed'] as const) });
  }
  const { status, closing } = ci('total', 'node20', 'node22');
  expect([status, closing]).toEqual([1, '0 passed, 3 failed']);
});

test('a test that is flaky on one Node and fails on another has failed', () => {
  report('node20', { 'a.test.ts': [['x', 'failed']] });
  report('node20-again', { 'a.test.ts': [['x', 'passed']] });
  report('node22', { 'a.test.ts': [['x', 'failed']] }, 1);
  report('node22-again', { 'a.test.ts': [['x', 'failed']] });
  expect(ci('total', 'node20', 'node22')).toMatchObject({
    status: 1,
    closing: '0 passed, 1 failed',
  });
});

test('a step that failed, a run without a report and an error outside the tests are failures', () => {
  report('node20', { 'a.test.ts': [['x', 'passed']] }, 1);
  writeFileSync(path.join(folder, 'broken'), 'lint\ntypes\n');
  const { status, stdout, closing } = ci('total', 'node20', 'node22');
  expect([status, closing]).toEqual([1, '1 passed, 4 failed']);
  expect(stdout).toContain('FAILED: lint\nFAILED: types\n');
  expect(stdout).toContain('FAILED on node20: vitest ended with 1, and no test failed\n');
  expect(stdout).toContain('FAILED on node22: there is no report of it\n');
});

/** `count` files with one failed test each. */
const failing = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${i}.test.ts`, [['x', 'failed']] as Statuses]),
  );

test('files are run again if they are at most two and failed by their tests', () => {
  report('two', { ...failing(2), 'fine.test.ts': [['x', 'passed']] });
  expect(ci('again', 'two').stdout).toBe(
    `${path.join(root, '0.test.ts')}\n${path.join(root, '1.test.ts')}\n`,
  );
  report('three', failing(3));
  expect(ci('again', 'three').stdout).toBe('');
  const unloaded = {
    name: path.join(root, 'u.test.ts'),
    status: 'failed',
    message: 'no such module',
    assertionResults: [],
  };
  writeFileSync(path.join(folder, 'unloaded.json'), JSON.stringify({ testResults: [unloaded] }));
  expect(ci('again', 'unloaded').stdout).toBe('');
  writeFileSync(path.join(folder, 'unloaded.status'), '1\n');
  expect(ci('total', 'unloaded')).toMatchObject({ status: 1, closing: '0 passed, 1 failed' });
});
