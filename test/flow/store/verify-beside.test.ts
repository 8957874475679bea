import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestBytes, hexOf } from '../../../src/flow/key/digest.ts';
import { seal } from '../../../src/flow/store/disk/sealed.ts';
import { openTemporary } from './temporary.ts';

/** Puts the files into their places and takes them away again, as runs and gc do, until it is killed. */
const comingAndGoing = `
const { mkdirSync, renameSync } = require('node:fs');
const { dirname } = require('node:path');
const pairs = JSON.parse(process.argv[1]);
for (;;) for (const [aside, place] of pairs) {
  renameSync(aside, place);
  renameSync(place, aside);
}`;

test('what is removed while flow verify reads is neither an error nor a finding', async () => {
  const store = await openTemporary();
  const at = (...names: readonly string[]): string => {
    const path = join(store.root, ...names);
    mkdirSync(join(path, '..'), { recursive: true });
    return path;
  };
  const pairs: [aside: string, place: string][] = [];
  for (let i = 0; i < 5; i += 1) {
    const memo = at('memo', `m-${i}.json`);
    writeFileSync(`${memo}.aside`, seal({ version: 1, name: String(i), value: i }));
    // Its mtime is not that of a blob, as after a restored backup.
    const hex = hexOf(digestBytes(`blob ${i}`));
    const blob = at('cas', hex.slice(0, 2), hex);
    writeFileSync(at('aside', hex), `blob ${i}`);
    const id = `20261101-000000-00000${i}`;
    const run = at('runs', id);
    mkdirSync(at('aside', id));
    writeFileSync(
      at('aside', id, 'run.json'),
      JSON.stringify({ version: 1, run_id: id, state: 'ok' }),
    );
    pairs.push([`${memo}.aside`, memo], [at('aside', hex), blob], [at('aside', id), run]);
  }
  const other = spawn(process.execPath, ['-e', comingAndGoing, JSON.stringify(pairs)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    const until = Date.now() + 3_000;
    while (Date.now() < until) {
      const { found } = await store.verify({ drop: true });
      expect(found).toEqual([]);
    }
  } finally {
    other.kill('SIGKILL');
  }
});
