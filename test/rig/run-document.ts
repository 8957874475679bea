// Runs a page of the documentation from its first line to its last: files are written, commands run,
// answers compared.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** `…` is anything; the rest stands in one line of the output. */
function pattern(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.map((part) => part.replaceAll(/ {2,}/g, ' +')).join('.*'));
}

/**
 * - `sh`: runs in the folder; `sh fails` must fail.
 * - `text`: each line must be in the output of the last commands.
 * - Other languages: a file, if the first line is a comment with its path.
 *
 * @param name of the page in docs/
 * @param bin a folder with the command `flow`
 * @returns the number of `sh` blocks
 */
export function runDocument(name: string, folder: string, bin: string): number {
  const page = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  const blocks = readFileSync(page, 'utf8').matchAll(/```(\w+)( fails)?\n([^]*?)```/g);
  let at = folder;
  let said = '';
  let ran = 0;
  for (const [, language = '', fails, body = ''] of blocks) {
    if (language === 'sh') {
      const ended = spawnSync('bash', ['-ec', `{ ${body}\n} 2>&1; pwd >&3`], {
        cwd: at,
        env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      });
      said = ended.stdout;
      const failed = ended.status !== 0;
      expect({ body, said, failed }).toEqual({ body, said, failed: fails !== undefined });
      at = String(ended.output[3] ?? '').trim() || at;
      ran += 1;
    } else if (language === 'text') {
      const lines = said.split('\n');
      for (const line of body.trimEnd().split('\n')) {
        const found = lines.some((one) => pattern(line).test(one));
        expect({ line, found, said: found ? '' : said }).toEqual({ line, found: true, said: '' });
      }
    } else {
      const [, file] = /^# (\S+)\n/.exec(body) ?? [];
      expect({ body, file }).not.toEqual({ body, file: undefined });
      mkdirSync(path.dirname(path.join(at, file as string)), { recursive: true });
      writeFileSync(path.join(at, file as string), body);
    }
  }
  return ran;
}
