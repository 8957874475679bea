import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Project } from '../../rig/project.ts';

// What a stage may leave in a folder that is an output, and what it may not.

vi.setConfig({ testTimeout: 180_000 });

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(() => project.close());

/** A stage whose output is a folder that this script, run in it, has filled; exported to out/. */
function filledBy(script: string): void {
  project.write({ 'fill.sh': `set -e\nmkdir "$1"; cd "$1"\n${script}\n` });
  project.pipeline(`stages:
  s: { cmd: [sh, fill.sh, "\${outputs.o}"], outputs: { o: o/ } }
exports: { out: s.o }
`);
}

const run = (): ReturnType<Project['flow']> => project.flow(['run', 'pipelines/p.yaml']);

const isRoot = process.getuid?.() === 0;
const python = spawnSync('python3', ['--version']).status === 0;

/** JavaScript: a folder, and in it folders down to 80,000 bytes of path. */
const goDown = (folder: string): string =>
  `const fs = require("fs"); fs.mkdirSync("${folder}", { recursive: true }); process.chdir("${folder}"); const d = "d".repeat(200); for (let i = 0; i < 400; i++) { fs.mkdirSync(d); process.chdir(d); }`;

describe('a scratch folder', () => {
  test('of paths longer than the system takes is removed with the run', async () => {
    project.pipeline(`stages:
  s: { cmd: [node, -e, 'require("fs").writeFileSync("out/o.txt", "1"); ${goDown('tmp')}'], outputs: { o: o.txt } }
`);
    expect((await run()).code).toBe(0);
    expect(project.files('cache/tmp')).toEqual([]);
  });
});

describe('refused by name, with what is allowed,', () => {
  test.each([
    ['a FIFO', 'mkfifo f', 'out/o/f is a FIFO', true],
    [
      'a socket',
      'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'s\')"',
      'out/o/s is a socket',
      python,
    ],
    ['a device', 'mknod d c 1 3', 'out/o/d is a device', isRoot],
    [
      'a link to an absolute path',
      'ln -s /etc/passwd l',
      'out/o/l is a link to /etc/passwd, outside',
      true,
    ],
    [
      'a link that climbs out',
      'mkdir a; ln -s ../../x a/l',
      'out/o/a/l is a link to ../../x, outside',
      true,
    ],
    [
      'links that climb out together',
      'mkdir a b; ln -s ../b a/l; ln -s ../.. b/m; ln -s a/l/m/x n',
      'outside its folder',
      true,
    ],
    ['a link to itself', 'ln -s l l', 'out/o/l is a link that leads to itself', true],
    ['a name that is not UTF-8', 'touch "$(printf \'\\377\')"', 'is not valid UTF-8', true],
  ])('is %s', async (_what, script, message, possible) => {
    if (!possible) return;
    filledBy(script);
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    // The scratch folder is gone: its path would lead nowhere.
    expect(stderr).not.toContain('scratch');
    expect(project.has('out')).toBe(false);
    // Nothing of it stays behind as a result.
    expect((await run()).code).toBe(1);
  });
});

describe('what lies elsewhere', () => {
  test.each([
    ['o.txt', 'out', 'out is now a link'],
    ['a/o.txt', 'out/a', 'out/a is now a link'],
    ['a/b/', 'out/a', 'out/a is now a link'],
  ])('stays there when a stage puts a link to it between: %s', async (output, link, message) => {
    project.write({ 'mine/o.txt': 'mine\n', 'mine/b/x': 'mine\n', 'mine/a/b/x': 'mine\n' });
    project.pipeline(`stages:
  s: { sh: 'rm -rf ${link}; ln -s "${project.at('mine')}" ${link}', outputs: { o: ${output} } }
`);
    const { code, stderr } = await run();
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(project.read('mine/o.txt')).toBe('mine\n');
    expect(project.read('mine/b/x')).toBe('mine\n');
    expect((await run()).code).toBe(1);
  });

  test('and a path longer than the system takes is refused in few words', async () => {
    project.pipeline(`stages:
  s: { cmd: [node, -e, '${goDown('out/o')}'], outputs: { o: o/ } }
`);
    const { code, stderr } = await run();
    expect([code, stderr]).toEqual([1, expect.stringContaining('too long for this system')]);
    expect(stderr.length).toBeLessThan(2_000);
  });
});

describe('kept as they are,', () => {
  const names = [
    'a\nb',
    '\u001b[31mred',
    'é',
    'e\u0301',
    'n'.repeat(255),
    '-rf',
    ' ',
    '"q"',
    "'",
    '\\',
    'a\tb',
    '日本',
    '.hidden',
    '\u202ecod.exe',
    '*',
    '$(touch x)',
    'con',
    'a.',
  ];

  test('names of every kind, and listings that show them on one line each', async () => {
    project.write({ 'names.json': JSON.stringify(names) });
    project.pipeline(`stages:
  s:
    cmd: [node, -e, 'const fs = require("fs"); fs.mkdirSync(process.argv[1]); for (const n of JSON.parse(fs.readFileSync("code/names.json"))) fs.writeFileSync(process.argv[1] + "/" + n, n)', "\${outputs.o}"]
    code: [names.json]
    outputs: { o: o/ }
  t:
    sh: ls \${inputs.i} | wc -l > \${outputs.n}
    inputs: { i: s.o }
    outputs: { n: n.txt }
exports: { out: s.o }
`);
    expect((await run()).code).toBe(0);
    expect(readdirSync(project.at('out')).sort()).toEqual([...names].sort());
    for (const name of names) expect(project.read(`out/${name}`)).toBe(name);
    const listed = (await project.flow(['cat', 's.o'])).stdout.trimEnd().split('\n');
    expect(listed).toHaveLength(names.length);
    expect(listed).toContain(String.raw`"a\nb"`);
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(listed.join('')).not.toMatch(/[\u0000-\u001f\u202e]/u);
    expect((await project.flow(['cat', 's.o', 'a\nb'])).stdout).toBe('a\nb');
  });

  test('empty folders, exec bits and links inside', async () => {
    filledBy(`mkdir -p empty deep/er
printf '#!/bin/sh\\necho hi\\n' > run.sh; chmod 755 run.sh
echo x > plain; chmod 600 plain
ln -s run.sh link; ln -s nowhere dangling; ln -s ../deep deep/self`);
    expect((await run()).code).toBe(0);
    expect(readdirSync(project.at('out/empty'))).toEqual([]);
    expect(statSync(project.at('out/deep/er')).isDirectory()).toBe(true);
    expect(execFileSync(project.at('out/run.sh'), { encoding: 'utf8' })).toBe('hi\n');
    expect(statSync(project.at('out/plain')).mode & 0o111).toBe(0);
    expect(readlinkSync(project.at('out/dangling'))).toBe('nowhere');
    expect(lstatSync(project.at('out/deep/self')).isSymbolicLink()).toBe(true);
  });

  test('what nobody may read, and a file with a second name elsewhere', async () => {
    filledBy('echo secret > f; chmod 000 f; echo a > b; ln b c');
    const { code, stderr } = await run();
    // Root reads it all the same.
    if (!isRoot) expect([code, stderr]).toEqual([1, expect.stringContaining('out/o/f')]);
    else {
      expect(project.read('out/f')).toBe('secret\n');
      expect(project.read('out/b') + project.read('out/c')).toBe('a\na\n');
    }
  });

  test('100,000 files', async () => {
    const write = `const fs = require("fs");
for (let d = 0; d < 100; d++) {
  fs.mkdirSync(process.argv[2] + "/" + d, { recursive: true });
  for (let f = 0; f < 1000; f++) fs.writeFileSync(process.argv[2] + "/" + d + "/" + f, String(f % 7));
}
`;
    project.write({ 'many.cjs': write });
    project.pipeline(`stages:
  s: { cmd: [node, many.cjs, "\${outputs.o}"], outputs: { o: o/ } }
`);
    expect(await project.runJson()).toMatchObject({ code: 0, ran: 1 });
    expect(await project.runJson()).toMatchObject({ code: 0, hit: 1 });
    const listed = await project.flow(['cat', 's.o']);
    expect(listed.stdout.split('\n')).toHaveLength(100_001);
    expect((await project.flow(['cat', 's.o', '99/999'])).stdout).toBe('5');
    // A disk that others use takes its time over so many files.
  }, 900_000);
});
