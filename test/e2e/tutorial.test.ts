// docs/tutorial.md, from its first line to its last: files are written, commands run, answers compared.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowBin } from '../rig/project.ts';

const text = readFileSync(
  fileURLToPath(new URL('../../docs/tutorial.md', import.meta.url)),
  'utf8',
);
const blocks = [...text.matchAll(/```(\w+)( fails)?\n([^]*?)```/g)].map(
  ([, language = '', fails, body = '']) => ({ language, fails: fails !== undefined, body }),
);
const hasPython = spawnSync('python3', ['--version']).status === 0;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flow-tutorial-'));
  mkdirSync(path.join(folder, 'bin'));
  chmodSync(flowBin, 0o755);
  symlinkSync(flowBin, path.join(folder, 'bin', 'flow'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `…` is anything; the rest stands in one line of what was said. */
function pattern(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.map((part) => part.replaceAll(/ {2,}/g, ' +')).join('.*'));
}

test.skipIf(!hasPython)('the tutorial does what it says', () => {
  let at = folder;
  let said = '';
  let ran = 0;
  for (const { language, fails, body } of blocks) {
    if (language === 'sh') {
      const env = { PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`, HOME: folder };
      const ended = spawnSync('bash', ['-ec', `{ ${body}\n} 2>&1; pwd >&3`], {
        cwd: at,
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      });
      said = ended.stdout;
      expect({ body, said, failed: ended.status !== 0 }).toEqual({ body, said, failed: fails });
      at = String(ended.output[3] ?? '').trim() || at;
      ran += 1;
    } else if (language === 'text') {
      const lines = said.split('\n');
      for (const line of body.trimEnd().split('\n')) {
        const found = lines.some((one) => pattern(line).test(one));
        expect({ line, found, said: found ? '' : said }).toEqual({ line, found: true, said: '' });
      }
    } else {
      const [, name = ''] = /^# (\S+)\n/.exec(body) ?? [];
      expect(name).not.toBe('');
      writeFileSync(path.join(at, name), body);
    }
  }
  expect(ran).toBeGreaterThan(8);
});
