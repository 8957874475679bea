import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ToyProject } from '../toy-project.ts';

let project: ToyProject;

const pipeline = `version: 1
name: p
stages:
  rows: { sh: "echo a > \${outputs.o}", outputs: { o: rows.txt } }
  fit:
    matrix: { seed: [0] }
    cmd: [python3, stages/fit.py, "\${inputs.rows}", "\${inputs.big}"]
    inputs: { rows: rows.o, big: ./data }
    env: [MODE]
    secrets: [TOKEN]
    outputs: { o: o.txt }
`;

const files = {
  'flow.yaml': '',
  'p.yaml': pipeline,
  'data/x.txt': 'x\n',
  'stages/fit.py': `import os
open('half.txt', 'w').write('half of it, with ' + os.environ['TOKEN'])
open('out/o.txt', 'w').write('half')
raise ValueError('cannot fit')
`,
  'shell.sh': `#!/bin/sh
pwd -P; cat in/rows/rows.txt in/big/data/x.txt half.txt; echo; ls
echo "GIT_CEILING_DIRECTORIES=$GIT_CEILING_DIRECTORIES"
echo "MODE=$MODE TOKEN=$TOKEN TMPDIR=$TMPDIR UNDECLARED=$UNDECLARED TERM=$TERM"
touch "$TMPDIR/made"; exit 7
`,
};
const env = { MODE: 'fast', TOKEN: 'very-secret-1', UNDECLARED: 'yes', TERM: 'xterm' };

beforeEach(() => {
  project = new ToyProject(files);
  chmodSync(project.path('shell.sh'), 0o755);
});

afterEach(() => project.remove());

const run = (...words: readonly string[]) => project.flowWith({ env }, 'run', 'p.yaml', ...words);
const shell = (...words: readonly string[]) =>
  project.flowWith({ env: { ...env, SHELL: project.path('shell.sh') } }, 'shell', ...words);

/** All files below cache/kept, as texts. */
function kept(): Readonly<Record<string, string>> {
  const root = project.path('cache/kept');
  if (!existsSync(root)) return {};
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    names
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = `${entry.parentPath}/${entry.name}`;
        return [file.slice(root.length + 1), readFileSync(file, 'utf8')];
      }),
  );
}

describe('flow run --keep-failed', () => {
  test('keeps the folder of a failed attempt with its inputs, and says where', async () => {
    const failed = await run('--keep-failed');
    expect(failed.code).toBe(1);
    const folder = /\n {2}kept: (cache\/kept\/[^\n]*)\n {2}shell: flow shell fit@seed=0\n/.exec(
      failed.stderr,
    )?.[1];
    expect(folder).toMatch(/^cache\/kept\/\d{8}-\d{6}-[0-9a-f]{6}\/fit@seed=0$/);
    expect(readFileSync(project.path(`${folder}/in/rows/rows.txt`), 'utf8')).toBe('a\n');
    expect(readFileSync(project.path(`${folder}/in/big/data/x.txt`), 'utf8')).toBe('x\n');
    expect(readFileSync(project.path(`${folder}/out/o.txt`), 'utf8')).toBe('half');
    expect(readdirSync(project.path('cache/tmp'))).toEqual([]);
  });

  test('keeps no value of a secret', async () => {
    await run('--keep-failed');
    const texts = kept();
    expect(Object.values(texts).join('\n')).toContain('half of it, with ***');
    expect(Object.values(texts).join('\n')).not.toContain('very-secret-1');
  });

  test('is not what a run does without it, and keeps nothing of what succeeds', async () => {
    await run();
    expect(kept()).toEqual({});
    await project.flow('run', 'p.yaml', 'rows', '--keep-failed', '--rerun', 'rows');
    expect(kept()).toEqual({});
  });

  test('is undone by flow gc', async () => {
    await run('--keep-failed');
    const preview = await project.flow('gc', '--dry-run');
    expect(preview.stdout).toContain('the kept attempts of 1 run');
    expect(kept()).not.toEqual({});
    expect((await project.flow('gc')).code).toBe(0);
    expect(kept()).toEqual({});
  });
});

describe('flow shell', () => {
  test('opens a shell in the kept folder, with the environment of the stage', async () => {
    await run('--keep-failed');
    const opened = await shell('fit');
    expect(opened.code).toBe(7);
    const lines = opened.stdout.split('\n');
    const folder = lines[0] ?? '';
    expect(folder).toContain('/cache/kept/');
    expect(lines.slice(1, 4)).toEqual(['a', 'x', 'half of it, with ***']);
    expect(opened.stdout).toContain(
      `MODE=fast TOKEN=very-secret-1 TMPDIR=${folder}/tmp UNDECLARED= TERM=xterm\n`,
    );
    expect(opened.stdout).toContain(`GIT_CEILING_DIRECTORIES=${path.dirname(folder)}\n`);
    expect(opened.stderr).toContain('it failed: exited with code 1\n');
    expect(opened.stderr).toContain(
      'to repeat it: python3 stages/fit.py in/rows/rows.txt in/big/data\n',
    );
  });

  test('says how to keep an attempt where there is none', async () => {
    await run();
    const refused = await shell('fit');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('there is no kept attempt of fit@seed=0');
    expect(refused.stderr).toContain('flow run p.yaml fit@seed=0 --keep-failed');
    expect((await shell('fti')).code).toBe(2);
  });
});

const logOf = async (stage: string, more: Readonly<Record<string, string>>): Promise<string> => {
  project.write({ ...more, 'q.yaml': `version: 1\nstages:\n  s: ${stage}\n` });
  const failed = await project.flow('run', 'q.yaml');
  const log = (await project.flow('log', 's')).stdout;
  for (const line of log.trimEnd().split('\n')) expect(failed.stderr).toContain(line.trimEnd());
  expect(failed.stderr + log).not.toContain('cache/tmp');
  return log;
};

describe('a traceback', () => {
  test('of Python shows the paths of the project', async () => {
    const code = {
      'stages/main.py': 'import helper\n\nhelper.g()\n',
      'stages/helper.py': 'def g():\n    raise ValueError("x")\n',
    };
    const log = await logOf('{ py: stages/main.py, outputs: { o: o } }', code);
    expect(log).toContain('File "stages/main.py", line 3');
    expect(log).toContain('File "stages/helper.py", line 2, in g');
    const cmd = '{ cmd: [python3, stages/main.py], code: [stages/helper.py], outputs: { o: o } }';
    expect(await logOf(cmd, code)).toContain('File "stages/helper.py", line 2, in g');
  });

  test('of TypeScript shows them, too', async () => {
    const log = await logOf('{ ts: stages/main.ts, outputs: { o: o } }', {
      'stages/main.ts': "throw new Error('bad' as string);\n",
    });
    expect(log).toMatch(/\bat .*\(?stages\/main\.ts:1:7\)?/);
  });
});
