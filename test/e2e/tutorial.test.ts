// docs/tutorial.md, from its first line to its last.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowBin } from '../rig/project.ts';
import { runDocument } from '../rig/run-document.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flow-tutorial-'));
  mkdirSync(path.join(folder, 'bin'));
  chmodSync(flowBin, 0o755);
  symlinkSync(flowBin, path.join(folder, 'bin', 'flow'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(!hasPython)('the tutorial does what it says', () => {
  expect(runDocument('tutorial.md', folder, path.join(folder, 'bin'))).toBeGreaterThan(8);
});
