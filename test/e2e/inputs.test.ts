// What the programs of stages meet in their inputs and temporary folders.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Project } from '../rig/project.ts';
import type { Ended } from '../rig/project.ts';

const isRoot = process.getuid?.() === 0;
const asSomebody = ['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups'];
const canBecome = !isRoot || spawnSync('setpriv', ['--version']).status === 0;
const hasPython = spawnSync('python3', ['-c', '']).status === 0;

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(() => project.close());

/** Runs the pipeline as an ordinary user, who may write to files that root does not keep from them. */
function asUser(...args: readonly string[]): Promise<Ended> {
  chmodSync(project.root, 0o777);
  const home = { HOME: project.root };
  return project.start(['run', 'pipelines/p.yaml', ...args], home, isRoot ? asSomebody : []).ended;
}

describe('a temporary folder', () => {
  it.skipIf(!hasPython)(
    'is short enough for the sockets of multiprocessing below a long root (skipped without python3)',
    async () => {
      const deep = new Project(project.at('a-project-whose-root-has-a-long-name'.padEnd(90, '-')));
      mkdirSync(deep.root);
      deep.write({
        'flow.yaml': '',
        'stages/sum.py': `import json, os
from multiprocessing import Manager
if __name__ == "__main__":
    stage = json.load(open(os.environ["FLOW_STAGE"]))
    with Manager() as manager:
        shared = manager.dict(a=1)
        open(stage["outputs"]["o"], "w").write(f'{shared["a"]} {os.environ["TMPDIR"]}')
`,
      });
      deep.pipeline(`
stages:
  s: { py: stages/sum.py, outputs: { o: o.txt } }
`);
      const ran = await deep.flow(['run', 'pipelines/p.yaml']);
      expect(ran.stdout).toContain('1 ran');
      const told = (await deep.flow(['cat', 's.o'])).stdout;
      const [sum, folder = ''] = told.split(' ');
      expect(sum).toBe('1');
      expect(folder.length).toBeLessThan(40);
      expect(readdirSync('/tmp')).not.toContain(path.basename(path.dirname(path.dirname(folder))));
    },
  );

  it('is new for each attempt, and its files are on the disk of the cache', async () => {
    project.pipeline(`
stages:
  s:
    matrix: { i: [0, 1, 2] }
    sh: 'echo "$TMPDIR" > \${outputs.o}; stat -c %d "$TMPDIR" . > \${outputs.d}'
    outputs: { o: o.txt, d: d.txt }
`);
    expect((await project.runJson()).code).toBe(0);
    const folders = [];
    for (const i of [0, 1, 2]) {
      folders.push((await project.flow(['cat', `s.o@i=${i}`])).stdout);
      const [a, b] = (await project.flow(['cat', `s.d@i=${i}`])).stdout.trim().split('\n');
      expect(a).toBe(b);
    }
    expect(new Set(folders).size).toBe(3);
  });
});

describe('an input', () => {
  it('can be packed by tar while other stages that read it start and end', async () => {
    project.write({ 'data/small.txt': 'x', 'data/large.txt': 'x'.repeat(3 << 20) });
    project.pipeline(`
stages:
  make: { sh: 'mkdir out/d; head -c 40000000 /dev/urandom > out/d/big; echo > out/d/small', outputs: { d: d/ } }
  pack:
    sh: 'for i in 1 2 3 4 5 6; do tar -C \${inputs.d} -cf - . | wc -c; tar -C in/s -cf - data | wc -c; done > \${outputs.o}'
    inputs: { d: make.d, s: ./data }
    outputs: { o: o.txt }
  other:
    matrix: { i: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }
    sh: 'cat \${inputs.d}/small > \${outputs.o}'
    inputs: { d: make.d, s: ./data }
    outputs: { o: o.txt }
`);
    const ran = await project.flow(['run', 'pipelines/p.yaml', '--jobs', '3']);
    expect(ran.stderr).not.toContain('file changed as we read it');
    expect(ran.code).toBe(0);
  });

  it('is a regular file below a link, and all readers share it', async () => {
    project.write({ 'w.txt': 'words' });
    project.pipeline(`
stages:
  s:
    matrix: { i: [0, 1] }
    sh: 'stat -c "%F %i" \${inputs.w} > \${outputs.o}; stat -c %F in/w >> \${outputs.o}'
    inputs: { w: ./w.txt }
    outputs: { o: o.txt }
`);
    expect((await project.runJson()).code).toBe(0);
    const [a, b] = [await project.flow(['cat', 's.o@i=0']), await project.flow(['cat', 's.o@i=1'])];
    expect(a.stdout).toBe(b.stdout);
    expect(a.stdout).toMatch(/^regular file [0-9]+\nsymbolic link\n$/);
  });

  it('that a stage damages fails every stage that read it meanwhile, and later ones read it whole', async () => {
    project.write({ 'w.txt': 'words' });
    project.pipeline(`
stages:
  reader:
    sh: 'cat \${inputs.w} > \${outputs.o}; touch "$T/reads"; until [ -e "$T/damaged" ]; do sleep 0.01; done'
    env: [T]
    inputs: { w: ./w.txt }
    outputs: { o: o.txt }
  vandal:
    sh: 'until [ -e "$T/reads" ]; do sleep 0.01; done; chmod u+w \${inputs.w}; echo other > \${inputs.w}; echo > \${outputs.o}; touch "$T/damaged"'
    env: [T]
    inputs: { w: ./w.txt }
    outputs: { o: o.txt }
`);
    const marks = project.at('..', `${path.basename(project.root)}-marks`);
    mkdirSync(marks);
    const args = ['run', 'pipelines/p.yaml', '--jobs', '2', '--keep-going'];
    const ran = await project.flow(args, { T: marks });
    for (const id of ['reader', 'vandal']) {
      expect(ran.stderr).toContain(`${id}: its input w.txt was changed while the stage ran`);
    }
    const again = await project.flow(['run', 'pipelines/p.yaml', 'reader'], { T: marks });
    expect(again.code).toBe(0);
    expect((await project.flow(['cat', 'reader.o'])).stdout).toBe('words');
    spawnSync('rm', ['-r', marks]);
  });
});

describe.skipIf(!canBecome)('for an ordinary user (skipped for root without setpriv)', () => {
  it.each([
    ['cp ${inputs.w} w; echo more >> w'],
    ['cp -r ${inputs.d} d; echo > d/new'],
    ["python3 -c \"import shutil; shutil.copy('${inputs.w}', 'w'); open('w', 'a')\""],
  ])('a copy of an input is read-only, and the failure says how to copy: %s', async (command) => {
    project.write({ 'w.txt': 'words', 'd/x': 'x' });
    project.pipeline(`
stages:
  s:
    sh: ${JSON.stringify(`${command}; echo > \${outputs.o}`)}
    inputs: { w: ./w.txt, d: ./d }
    outputs: { o: o.txt }
`);
    const ran = await asUser();
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('cp --no-preserve=mode');
  });

  it('a copy without the modes can be changed, and a damaged input is impossible', async () => {
    project.write({ 'w.txt': 'words', 'd/x': 'x' });
    project.pipeline(`
stages:
  s:
    sh: |
      cp -r --no-preserve=mode \${inputs.d} d; echo > d/new
      if echo >> \${inputs.w}; then exit 3; fi
      if rm -f \${inputs.w}; then exit 4; fi
      echo > \${outputs.o}
    inputs: { w: ./w.txt, d: ./d }
    outputs: { o: o.txt }
`);
    expect((await asUser()).code).toBe(0);
  });
});

const pipeline = (big: string): string => `
stages:
  first: { sh: 'echo > \${outputs.o}', outputs: { o: o.txt } }
  s: { sh: 'wc -c < \${inputs.big} > \${outputs.o}', inputs: { big: ${big} }, outputs: { o: o.txt } }
`;

describe('the copy of a large source', () => {
  let disk: string | undefined;

  beforeEach((context) => {
    disk = project.at('disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', disk]);
    if (mounted.status === 0) return;
    disk = undefined;
    context.skip('no file system can be mounted here');
  });

  afterEach(() => {
    if (disk !== undefined) spawnSync('umount', [disk]);
  });

  it('that would fill the disk is refused before any stage starts, with the key to write', async () => {
    project.write({ 'big.bin': '' });
    truncateSync(project.at('big.bin'), 115 << 20);
    project.pipeline(pipeline('./big.bin'));
    const args = ['run', 'pipelines/p.yaml', '--cache', `${disk}/cache`];
    const refused = await project.flow(args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('{ from: ./big.bin, in_place: true }');
    expect(refused.stderr).not.toContain('start  first');
    project.pipeline(pipeline('{ from: ./big.bin, in_place: true }'));
    const planned = await project.flow(['plan', 'pipelines/p.yaml', '--cache', `${disk}/cache`]);
    expect(planned.stdout).toContain('big.bin is read where it lies (in_place)');
    expect((await project.flow(args)).code).toBe(0);
    const shown = await project.flow(['show', 's', '--cache', `${disk}/cache`]);
    expect(shown.stdout).toContain('big.bin (in place)');
  });
});
