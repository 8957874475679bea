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

/** The one mistake of a command line, and its hint. */
async function mistakeOf(words: readonly string[]): Promise<readonly (string | undefined)[]> {
  const { code, stdout, stderr } = await project.flow(...words);
  const [, message, hint] = /^error: (.*) \[[a-z-]+\]\n {2}hint: (.*)\n$/.exec(stderr) ?? [];
  return code === 2 && stdout === '' && message !== undefined ? [message, hint] : [stderr];
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
  ])('is answered: flow %j', async (words, hint) => {
    expect(await mistakeOf(words)).toEqual([`flow has no command '${words[0]}'`, hint]);
  });
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
  ])('is answered: flow %j', async (words, option, hint) => {
    expect(await mistakeOf(words)).toEqual([`flow ${words[0]} has no option '${option}'`, hint]);
  });
});

describe('an option that does not exist', () => {
  test.each([
    [['run', toy, '--dry'], '--dry', "did you mean '--dry-run'?"],
    [['run', toy, '--para', 'x'], '--para', "did you mean '--param'?"],
  ])('that begins the name of another is completed: flow %j', async (words, option, hint) => {
    expect(await mistakeOf(words)).toEqual([`flow run has no option '${option}'`, hint]);
  });

  test.each([
    [['status', '-x'], 'the options of one letter are: -v, -h'],
    [['gc', '-x', '--older-than', '3d'], 'the options of one letter are: -n, -v, -h'],
  ])('of one letter is never a mistake for another one: flow %j', async (words, hint) => {
    expect(await mistakeOf(words)).toEqual([`flow ${words[0]} has no option '-x'`, hint]);
  });

  test('of several letters after one dash is one mistake', async () => {
    const message = "flow run has no option '-dryrun'";
    const hint = "did you mean '--dry-run'?";
    expect(await mistakeOf(['run', toy, '-dryrun'])).toEqual([message, hint]);
    expect((await project.flow('run', toy, '-qn')).code).toBe(0);
  });
});

test('flow audit takes no other tool than its help names', async () => {
  expect(await mistakeOf(['audit', 'sort', '-f', toy, '--tool', 'any'])).toEqual([
    "--tool cannot be 'any'",
    'the values are: strace, bubblewrap',
  ]);
});

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
