import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digest, noPython } from './python.ts';
import { actionKey, keyPreimage } from '../../../src/flow/key/action/action-key.ts';
import { buildManifest } from '../../../src/flow/key/action/build-manifest.ts';
import { digestBytes } from '../../../src/flow/key/digest.ts';
import { makeInstance, noCode, TempProject } from './temp-project.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/key-format.md'), 'utf8');

/** The examples of docs/key-format.md: what the shell computes, and the digest that the document prints. */
const examples = [
  ...text.matchAll(/```bash\n((?:(?!```).)*)```\n\n {4}(sha256:[0-9a-f]{64})\n/gs),
].map(([, script = '', printed]) => ({
  printed,
  computed: `sha256:${execFileSync('bash', ['-euc', script], { encoding: 'utf8' }).slice(0, 64)}`,
}));

test('the key by hand is the key that flow computes', () => {
  const instance = makeInstance({
    axes: { seed: 0 },
    params: { seed: 0 },
    command: { kind: 'sh', script: ['sort ', { input: 'words' }, ' > ', { output: 'sorted' }] },
    inputs: [
      {
        kind: 'source',
        name: 'words',
        path: './words.txt',
        location: { file: 'a', line: 1, column: 1 },
      },
    ],
    outputs: [{ name: 'sorted', path: 'sorted.txt', tree: false }],
  });
  const digest = digestBytes('b\na\n');
  const manifest = buildManifest({
    instance,
    inputs: new Map([
      ['words', { artifact: { kind: 'file', exec: false, size: 4, digest }, as: 'words.txt' }],
    ]),
    code: noCode,
    env: {},
    platform: { os: 'linux', arch: 'x64', libc: 'glibc', node: 20 },
  });
  expect(examples).toHaveLength(2);
  expect(examples[0]?.computed).toBe(examples[0]?.printed);
  expect(actionKey(manifest)).toBe(examples[0]?.printed);
  expect(keyPreimage(manifest)).toMatch(/^flow\.action\.v1\n\{"command":\{"kind":"sh",/);
});

test('the code listing by hand is the digest that flow computes', async () => {
  const project = new TempProject({ 'tools/x.py': 'print(1)\n' });
  const code = await project.code({ kind: 'cmd', argv: ['python3', 'tools/x.py'] });
  expect(examples[1]?.computed).toBe(examples[1]?.printed);
  expect(code.digest).toBe(examples[1]?.printed);
});

test.skipIf(noPython)('the module listing by hand is the digest that flow computes', async () => {
  const script = /```bash\n(syntax=.*?)```/s.exec(text)?.[1] ?? '';
  const computed = execFileSync('bash', ['-euc', script], { encoding: 'utf8' }).slice(0, 64);
  const project = new TempProject({ 'stages/x.py': 'print(1)  # prints 1\n' });
  expect(await digest(project)).toBe(`sha256:${computed}`);
});
