import { describe, expect, test } from 'vitest';
import { TempProject } from '../temp-project.ts';

const ts = { kind: 'ts', entry: 'stages/a.ts' } as const;

/** The helper stands in another folder, its loading on line 3. */
function projectWith(line: string, file = 'stages/a.ts'): TempProject {
  return new TempProject({
    'stages/a.ts': "import '../lib/helper.ts';\n",
    'lib/helper.ts': 'export {};\n',
    'stages/k.wasm': 'w',
    'lib/k.wasm': 'w',
    [file]: `// one\nconst n: string = process.argv[2] ?? '';\n${line}\nconsole.log(n);\n`,
  });
}

describe('what the bundler cannot follow is an error that names file and line', () => {
  test.each([
    ['await import(n);', 'stages/a.ts:3:7: the bundler cannot follow a computed import(…)'],
    [
      "console.log(new URL('./k.wasm', import.meta.url));",
      "stages/a.ts:3:13: the bundler cannot follow new URL('./k.wasm'",
    ],
    ['console.log(new URL(n, import.meta.url));', 'new URL(…, import.meta.url)'],
    ["new Worker(new URL('./w.ts', import.meta.url));", "new URL('./w.ts', import.meta.url)"],
    ["import { Worker as W } from 'node:worker_threads'; new W('./w.js');", "new Worker('./w.js')"],
    ["import * as wt from 'node:worker_threads'; new wt.Worker(n);", 'new Worker(…)'],
    [
      "import { createRequire } from 'node:module'; createRequire(import.meta.url)(n);",
      'stages/a.ts:3:46: the bundler cannot follow require(…)',
    ],
    [
      "import { createRequire } from 'node:module'; const r = createRequire(import.meta.url); r('./x.cjs');",
      "require('./x.cjs')",
    ],
    [
      "import { createRequire as c } from 'node:module'; function f() { return r(n); } const r = c(import.meta.url); f();",
      'require(…)',
    ],
    ['console.log(import.meta.resolve(n));', 'require(…)'],
  ])('%s', async (line, words) => {
    const complaint = await projectWith(line).complaint(ts);
    expect(complaint).toContain(words);
    expect(complaint).toContain('the bundler cannot follow');
  });

  test('in a helper it names the helper', async () => {
    const complaint = await projectWith('await import(n);', 'lib/helper.ts').complaint(ts);
    expect(complaint).toContain('lib/helper.ts:3:7: the bundler cannot follow a computed import');
  });

  test('the complaint is repeated from memory', async () => {
    const project = projectWith('await import(n);');
    const first = await project.complaint(ts);
    expect(await project.complaint(ts)).toBe(first);
  });
});

describe('what runs without loading anything unknown is no error', () => {
  test.each([
    "console.log(new URL('https://example.org', import.meta.url));",
    "console.log(new URL('./k.wasm', n));",
    'class Worker { constructor(x: string) { console.log(x); } } console.log(new Worker(n));',
    'function unused(x: string) { return import(x); }',
    "import { createRequire } from 'node:module'; createRequire(import.meta.url)('node:fs');",
    "console.log(await import('../lib/helper.ts'));",
  ])('%s', async (line) => {
    expect(await projectWith(line).complaint(ts)).toBe('ok');
  });
});

describe('`code:` covers', () => {
  test('a literal path that means the same file beside the bundle', async () => {
    const project = projectWith("console.log(new URL('./k.wasm', import.meta.url));");
    expect(await project.complaint(ts, { code: ['lib/k.wasm'] })).toContain("new URL('./k.wasm'");
    const covered = await project.code(ts, { code: ['stages/*.wasm'] });
    expect(covered.files.map(({ path }) => path)).toEqual(['stages/k.wasm']);
    project.write('stages/k.wasm', 'x');
    const changed = await project.code(ts, { code: ['stages/*.wasm'] });
    expect(changed.digest).not.toBe(covered.digest);
    expect(changed.bundle?.digest).toBe(covered.bundle?.digest);
  });

  test('no path of a helper that the bundle would look for elsewhere', async () => {
    const line = "console.log(new URL('./k.wasm', import.meta.url));";
    const complaint = await projectWith(line, 'lib/helper.ts').complaint(ts, {
      code: ['lib/k.wasm'],
    });
    expect(complaint).toContain('lib/helper.ts:3:13');
  });

  test('a computed path, as its author knows what it may be', async () => {
    const complaint = await projectWith('await import(n);').complaint(ts, { code: ['lib/**'] });
    expect(complaint).toBe('ok');
  });

  test("a worker's plain path, which starts at the project root", async () => {
    const project = projectWith("new Worker('lib/helper.ts');");
    expect(await project.complaint(ts)).toContain("new Worker('lib/helper.ts')");
    expect(await project.complaint(ts, { code: ['lib/helper.ts'] })).toBe('ok');
  });
});
