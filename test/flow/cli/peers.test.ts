import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToyProject, toyFiles } from './toy-project.ts';

let project: ToyProject;

beforeAll(() => {
  project = new ToyProject(toyFiles);
});

afterAll(() => {
  project.remove();
});

const toy = 'pipelines/toy.yaml';

/** One mistake, with its hint. */
async function expectHint(words: readonly string[], message: string, hint: string): Promise<void> {
  const { code, stdout, stderr } = await project.flow(...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.split('\n')).toEqual([
    expect.stringContaining(`error: ${message} [`),
    `  hint: ${hint}`,
    '',
  ]);
}

describe('a command of another tool', () => {
  test.each([
    [['dag'], 'flow graph PIPELINE draws the stages'],
    [['repro'], 'flow run PIPELINE [TARGET…] brings a pipeline up to date'],
    [['clean'], 'flow gc removes results that nothing needs; flow gc --dry-run lists them'],
    [['list'], 'flow ls lists artifacts; flow runs lists runs'],
    [['metrics', 'diff'], 'flow diff compares two runs; flow table shows the metrics of all runs'],
    [['metrics', 'show'], 'flow table shows the metrics of all runs; flow diff compares two runs'],
    [['history'], 'flow ls lists artifacts; flow runs lists runs'],
    [['build'], 'flow run PIPELINE [TARGET…] brings a pipeline up to date'],
    [['lint'], 'flow check finds mistakes in pipelines'],
    [['plots'], 'flow report writes a run as one HTML file; flow ui shows it live'],
    [[toy], `flow run ${toy} brings this pipeline up to date`],
  ])('is answered: flow %j', (words, hint) =>
    expectHint(words, `flow has no command '${words[0]}'`, hint),
  );
});

const again = 'to run a stage again, add --rerun STAGE';
const all = "to run all stages again, add --rerun '*'";

describe('an option of another tool', () => {
  test.each([
    [['run', toy, '-f'], '-f', `name the pipeline without an option: flow run PIPELINE; ${again}`],
    [['run', toy, '-F'], '-F', all],
    [['run', toy, '--forceall'], '--forceall', all],
    [['run', toy, '-R', 'sort'], '-R', again],
    [['run', toy, '--forcerun', 'sort'], '--forcerun', again],
    [['run', toy, '--no-cache'], '--no-cache', again],
    [['run', toy, '-B'], '-B', all],
    [
      ['run', toy, '-resume'],
      '-resume',
      'leave it out: flow run always takes the results that are in the cache',
    ],
    [
      ['run', toy, '--resume'],
      '--resume',
      'leave it out: flow run always takes the results that are in the cache',
    ],
    [['run', toy, '--cores', '4'], '--cores', 'write --jobs N'],
    [['run', toy, '-c', '4'], '-c', 'write --jobs N'],
    [['run', toy, '-profile', 'calm'], '-profile', 'write --profile'],
    [['run', toy, '--configfile', 'x'], '--configfile', 'write --params-file FILE'],
    [['run', toy, '--set-param', 'x=1'], '--set-param', 'write -p NAME=VALUE'],
    [['plan', toy, '-R', 'sort'], '-R', 'to see what would run again: flow run -n --rerun STAGE'],
  ])('is answered: flow %j', (words, option, hint) =>
    expectHint(words, `flow ${words[0]} has no option '${option}'`, hint),
  );
});

describe('an option that does not exist', () => {
  test('that begins the name of another is completed', async () => {
    const message = "flow run has no option '--dry'";
    await expectHint(['run', toy, '--dry'], message, "did you mean '--dry-run'?");
    const params = "flow run has no option '--para'";
    await expectHint(['run', toy, '--para', 'x'], params, "did you mean '--param'?");
  });

  test('of one letter is never a mistake for another one', async () => {
    await expectHint(
      ['status', '-x'],
      "flow status has no option '-x'",
      'the options of one letter are: -v, -h',
    );
    await expectHint(
      ['gc', '-x', '--older-than', '3d'],
      "flow gc has no option '-x'",
      'the options of one letter are: -n, -v, -h',
    );
  });

  test('of several letters after one dash is one mistake', async () => {
    await expectHint(
      ['run', toy, '-dryrun'],
      "flow run has no option '-dryrun'",
      "did you mean '--dry-run'?",
    );
    expect((await project.flow('run', toy, '-qn')).code).toBe(0);
  });
});

test('flow audit takes no other tool than its help names', () =>
  expectHint(
    ['audit', 'sort', '-f', toy, '--tool', 'any'],
    "--tool cannot be 'any'",
    'the values are: strace, bubblewrap',
  ));

test('flow check ends with 2 for a wrong pipeline, as flow run does', async () => {
  project.write({
    'wrong.yaml': 'version: 1\nstages: { a: { sh: "true", outputs: { o: ../x } } }\n',
  });
  for (const command of ['check', 'run', 'plan']) {
    expect((await project.flow(command, 'wrong.yaml')).code).toBe(2);
  }
  expect((await project.flow('check', 'wrong.yaml', '--format', 'github')).code).toBe(2);
  expect((await project.flow('check', 'wrong.yaml', '--format', 'json')).code).toBe(2);
});
