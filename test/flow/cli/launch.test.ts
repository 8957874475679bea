import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';

const dist = fileURLToPath(new URL('../../../dist', import.meta.url));
const chunks = path.join(dist, 'chunks');
const bundle = readdirSync(chunks).find((name) => name.endsWith('.cjs')) ?? '';
const cache = readdirSync(chunks).find((name) => name.endsWith('.cache')) ?? '';

test.runIf(cache.includes(process.version))('the code cache fits the bundle', () => {
  const source = readFileSync(path.join(chunks, bundle), 'latin1');
  const script = new Script(source, { cachedData: readFileSync(path.join(chunks, cache)) });
  expect(script.cachedDataRejected).toBe(false);
});

test('without its code cache, or with one that V8 refuses, the CLI works', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'flow-launch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(dist, folder, { recursive: true });
  const help = (...flags: readonly string[]): string => {
    const argv = [...flags, path.join(folder, 'flow.js'), 'run', '--help'];
    return execFileSync(process.execPath, argv, { encoding: 'utf8' });
  };
  const refused = help('--no-opt');
  rmSync(path.join(folder, 'chunks', cache));
  expect(help()).toBe(refused);
  expect(refused).toContain('flow run');
});
