import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandGroups, commands } from '../../../src/flow/cli/catalogue/commands.ts';
import { commandHelp, generalHelp, optionRows } from '../../../src/flow/cli/catalogue/help.ts';
import { common, overrides, selection } from '../../../src/flow/cli/catalogue/options.ts';
import type { Option } from '../../../src/flow/cli/args/command.ts';
import { loaders } from '../../../src/flow/cli/loaders.ts';
import { ToyProject, toyFiles } from './toy-project.ts';

let project: ToyProject;

beforeAll(() => {
  project = new ToyProject(toyFiles);
});

afterAll(() => {
  project.remove();
});

const fence = (text: string): string => `\`\`\`\n${text.trimEnd()}\n\`\`\`\n`;

describe('help', () => {
  test('names what is built and nothing else', () => {
    expect(generalHelp(commandGroups)).toMatchSnapshot();
  });

  test.each(commands)('of $name', (command) => {
    expect(commandHelp(command)).toMatchSnapshot();
  });

  test('is docs/commands.md, too', async () => {
    const shared: readonly (readonly [string, readonly Option[]])[] = [
      ['Every command that uses a project also has:', common],
      ['Commands with a `PIPELINE` or an `INSTANCE` also have, for the params:', overrides],
      ['Commands with an `INSTANCE` also have, to choose the run:', selection.slice(0, 2)],
    ];
    const once = new Set(shared.flatMap(([, options]) => options));
    const sections = commandGroups.map(({ title, commands }) => {
      const helps = commands.map((command) => {
        const options = command.options.filter((option) => !once.has(option));
        return `### flow ${command.name}\n\n${fence(commandHelp({ ...command, options }))}`;
      });
      return `## ${title}\n\n${helps.join('\n')}`;
    });
    const lists = shared.map(([who, options]) => `${who}\n\n${fence(optionRows(options))}`);
    const text = [
      '# Commands',
      'Made by `test/flow/cli/usage.test.ts`: do not edit. `flow COMMAND --help` prints the same text, with all options of the command.',
      '## Shared options',
      lists.join('\n').trimEnd(),
      sections.join('\n'),
    ].join('\n\n');
    await expect(text).toMatchFileSnapshot(
      fileURLToPath(new URL('../../../docs/commands.md', import.meta.url)),
    );
  });

  test('names the commands that have code, each once', () => {
    expect(commands.map(({ name }) => name).sort()).toEqual(Object.keys(loaders).sort());
  });

  test('of every command has two real examples', () => {
    const few = commands.filter(({ examples }) => examples.length < 2).map(({ name }) => name);
    expect(few).toEqual([]);
    for (const { name, examples } of commands) {
      for (const example of examples) expect(example).toMatch(new RegExp(`\\bflow ${name}\\b`));
    }
  });

  test('fits 100 columns', () => {
    const lines = commands.flatMap((command) => commandHelp(command).split('\n'));
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  test('goes to stdout where it is asked for, to stderr where a command is missing', async () => {
    const asked = await project.flow('--help');
    expect(asked).toMatchObject({ code: 0, stderr: '', stdout: generalHelp(commandGroups) });
    expect((await project.flow('run', '--help')).stdout).toMatch(
      /^flow run PIPELINE \[TARGET…\]\n/,
    );
    expect((await project.flow('help', 'cat')).stdout).toMatch(/^flow cat /);
    expect(await project.flow()).toMatchObject({ code: 2, stdout: '' });
  });
});

test('--version is the package’s', async () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  expect(await project.flow('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test.each([
  [['rnu'], "flow has no command 'rnu'", "did you mean 'run'?"],
  [['--jsno'], "flow has no option '--jsno'", 'write options after the command'],
  [['run', 'p.yaml', '--jbos', '3'], "flow run has no option '--jbos'", "did you mean '--jobs'?"],
  [['run'], 'flow run needs PIPELINE', 'usage: flow run PIPELINE [TARGET…]; the pipelines are: pipelines/toy.yaml'], // prettier-ignore
  [['cat', 'a', 'b', 'c'], "flow cat does not take 'c'", 'usage: flow cat INSTANCE [PATH]'],
  [['cat', 'a', '--run'], '--run needs a value', 'write --run ID'],
  [['cat', 'a', '--run', '-p', 'x=1'], '--run needs a value', 'write --run ID'],
  [['run', 'p.yaml', '--force=yes'], '--force does not take a value', ''],
  [['run', 'p.yaml', '-j', '1', '-j', '2'], '-j is given twice', ''],
  [['run', 'p.yaml', '-j', '0'], "--jobs must be a whole number of at least 1, not '0'", ''],
  [['run', 'p.yaml', '--failure', 'kil'], "--failure cannot be 'kil'", "did you mean 'kill'?"],
  [['cat', 'a', '-p', 'x=1'], '--param has no effect without a pipeline', 'add -f PIPELINE'],
  [
    ['cat', 'a', '--run', 'x', '-f', 'pipelines/toy.yaml'],
    '--run and -f cannot be used together',
    '',
  ],
  [['run', 'pipelines/toi.yaml'], "no pipeline file 'pipelines/toi.yaml'", "'pipelines/toy.yaml'?"],
  [['run', 'pipelines/toy.yaml', '--profile', 'clam'], "'clam'", "'calm'"],
  [['run', 'pipelines/toy.yaml', '-p', 'time=1'], "'time'", "'times'"],
  [['run', 'pipelines/toy.yaml', '-p', 'times=x'], 'times', ''],
  [['run', 'pipelines/toy.yaml', 'shuot'], "'shuot'", "'shout'"],
])('exit 2, nothing on stdout: flow %j', async (words, message, hint) => {
  const { code, stdout, stderr } = await project.flow(...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('error: ');
  expect(stderr).toContain(message);
  expect(stderr).toContain(hint);
});

test('several slips of one command line are told together', async () => {
  const { stderr } = await project.flow('graph', '--jsn', '--formt', 'dot');
  expect(stderr.match(/error: /g)).toHaveLength(2);
});

test('under --json exit 2 is one object too', async () => {
  expect(await project.json('run', 'pipelines/toy.yaml', '--jbos')).toEqual({
    ok: false,
    diagnostics: [
      {
        code: 'unknown-option',
        message: "flow run has no option '--jbos'",
        hint: "did you mean '--jobs'?",
      },
    ],
  });
  project.write({ 'pipelines/odd.yaml': 'version: 1\nname: odd\nstagse: {}\n' });
  const odd = await project.flow('run', 'pipelines/odd.yaml', '--json');
  expect(odd).toMatchObject({ code: 2, stderr: '' });
  const told = JSON.parse(odd.stdout) as { ok: boolean; diagnostics: Record<string, unknown>[] };
  expect(told.ok).toBe(false);
  expect(told.diagnostics[0]).toMatchObject({ file: 'pipelines/odd.yaml', line: 3, column: 1 });
  expect(Object.keys(told.diagnostics[0] ?? {}).join(' ')).toBe(
    'code file line column message hint',
  );
});

test('a source that is not there is told before anything runs, exit 2', async () => {
  const other = new ToyProject({ ...toyFiles });
  const gone = await other.flow('run', 'pipelines/toy.yaml', '-p', 'end=?');
  expect(gone.code).toBe(0);
  other.write({ 'pipelines/b.yaml': 'version: 1\nname: b\nstages:\n  s: { sh: "cat ${inputs.a} > ${outputs.x}", inputs: { a: ./nowhere.txt }, outputs: { x: x } }\n' }); // prettier-ignore
  const { code, stderr } = await other.flow('run', 'pipelines/b.yaml');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^pipelines\/b\.yaml:4:\d+: error: .*nowhere\.txt.* \[missing-source\]\n/);
  other.remove();
});
