import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Project } from '../../rig/project.ts';
import { ToyProject, toyFiles } from './toy-project.ts';

let project: ToyProject;

beforeEach(() => {
  project = new ToyProject({
    ...toyFiles,
    'flow.yaml': `commands:
  tool:
    description: says what it was told
    usage: WORD…
    ts: commands/tool.ts
    examples: [flow tool a b]
  count: { description: counts lines, cmd: [wc, -l] }
`,
    'commands/tool.ts': `import { greeting } from './greeting.ts';
const words: readonly string[] = process.argv.slice(2);
console.log(greeting, words.join('|'), process.env['FLOW_ROOT'] === undefined, process.cwd().split('/').at(-1));
console.error('to stderr');
process.exitCode = words.length;
`,
    'commands/greeting.ts': "export const greeting: string = 'hello';\n",
  });
});

afterEach(() => {
  project.remove();
});

describe('a command that flow.yaml declares', () => {
  test('is bundled and run where one stands, with all words and its own exit code', async () => {
    const ended = await project.flowWith({ cwd: 'data' }, 'tool', 'a', '--json', '--root=x');
    expect(ended).toMatchObject({ code: 3, stdout: 'hello a|--json|--root=x false data\n' });
    expect(ended.stderr).toBe('to stderr\n');
  });

  test('may be any program', async () => {
    const ended = await project.flow('count', 'data/words.txt');
    expect(ended).toMatchObject({ code: 0, stdout: '3 data/words.txt\n', stderr: '' });
  });

  test('stands in the help, and has one', async () => {
    const { stdout } = await project.flow('--help');
    expect(stdout).toContain(
      'Commands of this project (flow.yaml):\n  tool   says what it was told\n  count  counts lines\n',
    );
    const own = await project.flow('tool', '--help');
    expect(own.code).toBe(0);
    expect(own.stdout).toBe(`flow tool WORD…

says what it was told

A command of this project. flow.yaml declares that it runs commands/tool.ts

Examples:
  flow tool a b
`);
    expect((await project.flow('help', 'tool')).stdout).toBe(own.stdout);
  });

  test('is suggested where it is misspelt', async () => {
    const { code, stderr } = await project.flow('tol');
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean 'tool'?");
  });

  test('whose file is gone, or does not compile, is exit 2 with the reason', async () => {
    project.write({ 'commands/tool.ts': 'const = 1;\n' });
    const broken = await project.flow('tool');
    expect(broken).toMatchObject({ code: 2, stdout: '' });
    expect(broken.stderr).toContain('commands/tool.ts:1:');
    project.write({
      'flow.yaml': 'commands: { tool: { description: x, ts: commands/gone.ts } }\n',
    });
    const gone = await project.flow('tool');
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain('commands/gone.ts does not exist');
    project.write({
      'flow.yaml': 'commands: { tool: { description: x, cmd: [no-such-program] } }\n',
    });
    const absent = await project.flow('tool');
    expect(absent.code).toBe(2);
    expect(absent.stderr).toContain("cannot start 'no-such-program'");
  });

  test('that is declared wrongly is told with its places, where commands are used alone', async () => {
    project.write({
      'flow.yaml': `commands:
  Bad: { description: x, ts: a.ts }
  none: { description: x }
  two: { description: x, ts: a.ts, cmd: [a] }
  out: { description: x, ts: ../a.ts }
  odd: { desciption: x, cmd: a }
`,
    });
    expect((await project.flow('run', 'pipelines/toy.yaml', 'sort')).code).toBe(0);
    const { code, stderr } = await project.flow('doctor');
    expect(code).toBe(2);
    expect(stderr.match(/^flow\.yaml:.*$/gm)).toEqual([
      "flow.yaml:2:3: error: command 'Bad': a name can only contain a-z, 0-9 and - [bad-name]",
      "flow.yaml:3:3: error: command 'none' has no program [one-command]",
      "flow.yaml:4:3: error: command 'two' has 'ts' and 'cmd'; only one is allowed [one-command]",
      "flow.yaml:5:30: error: '../a.ts' is outside the project [outside-root]",
      "flow.yaml:6:3: error: command 'odd' has no description [missing-key]",
      "flow.yaml:6:10: error: command 'odd' has no key 'desciption' [unknown-key]",
      "flow.yaml:6:30: error: 'cmd' of command 'odd' must be a list of words [wrong-type]",
    ]);
    project.write({ 'flow.yaml': 'commands: { run: { description: x, cmd: [a] } }\n' });
    expect((await project.flow('doctor')).stderr).toContain(
      "flow.yaml:1:13: error: 'run' is one of flow's own commands",
    );
  });
});

/** A program that prints one check. */
const check = (state: string) =>
  `console.log(JSON.stringify({ checks: [{ name: 'oven', state: '${state}', found: 'cold', hint: 'light it' }] }));\n`;

test('what flow.yaml says of `flow backend` is what that says of itself', async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const { code, stderr } = await new Project(root).flow(['backend', 'nonsense']);
  expect(code).toBe(2);
  const forms =
    stderr
      .split('usage: ')[1]
      ?.trim()
      .split(/\s*flow backend /)
      .filter(Boolean) ?? [];
  expect(forms).toHaveLength(3);
  const { stdout } = await new Project(root).flow(['backend', '--help']);
  expect(stdout.split('\n')[0]).toBe(`flow backend ${forms.join(' | ')}`);
});

describe('doctor', () => {
  test('says what is here, in a table and as one object', async () => {
    const { code, stdout } = await project.flow('doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +node +\d+\.\d+\.\d+\n/);
    expect(stdout).toMatch(/file system +reflinks: (yes|no), hard links: (yes|no)\n/);
    const { ok, checks } = (await project.json('doctor')) as {
      ok: boolean;
      checks: { name: string; state: string; found: string }[];
    };
    expect(ok).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual(
      'node machine disk file\u00a0system esbuild bash python git strace bwrap'
        .split(' ')
        .map((name) => name.replace('\u00a0', ' ')),
    );
  });

  test('runs the checks that flow.yaml lists, and ends with 1 on a problem', async () => {
    project.write({
      'flow.yaml': 'doctor: { kitchen: { description: what is in the kitchen, ts: kitchen.ts } }\n',
      'kitchen.ts': check('note'),
    });
    const fine = await project.flow('doctor');
    expect(fine.code).toBe(0);
    expect(fine.stdout).toMatch(/note +oven +cold\n +light it\n$/);
    project.write({ 'kitchen.ts': check('problem') });
    expect((await project.flow('doctor')).code).toBe(1);
    for (const [program, said] of [
      ['process.exit(4);\n', 'its program exited with code 4'],
      ["console.log('{}');\n", 'its program did not print the checks as JSON'],
    ] as const) {
      project.write({ 'kitchen.ts': program });
      const { code, stdout } = await project.flow('doctor');
      expect(code).toBe(1);
      expect(stdout).toContain(`problem  kitchen      ${said}`);
    }
  });

  test('finds a cache where nothing can be written', async () => {
    const { code, stdout } = await project.flow('doctor', '--cache', '/proc/none/cache');
    expect(code).toBe(1);
    expect(stdout).toMatch(/problem +cache +\/proc\/none\/cache: /);
  });
});
