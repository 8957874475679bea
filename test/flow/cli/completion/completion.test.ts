import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { splitLine } from '../../../../src/flow/cli/completion/command-words.ts';
import { completedProject } from './completed-project.ts';
import { ToyProject } from '../toy-project.ts';

// What Tab offers, asked of the real program.

let project: ToyProject;

beforeAll(async () => {
  project = await completedProject();
});

afterAll(() => project.remove());

async function offered(line: string): Promise<{ flags: string; words: string[] }> {
  const { code, stdout, stderr } = await project.flow('__complete', line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [flags = '', ...lines] = stdout.trimEnd().split('\n');
  return { flags, words: lines.map((text) => text.split('\t')[0] ?? '') };
}

test('a line is split as a shell does', () => {
  expect(splitLine(`flow run 'a b' "c\\"d" e\\ f g`)).toEqual({
    words: ['flow', 'run', 'a b', 'c"d', 'e f'],
    current: 'g',
  });
  expect(splitLine('flow run ')).toEqual({ words: ['flow', 'run'], current: '' });
  expect(splitLine(`flow ''`)).toEqual({ words: ['flow'], current: '' });
});

describe('offered are', () => {
  test.each([
    ['flow ru', ['run', 'runs']],
    ['flow help sta', ['status']],
    ['flow run ', ['pipelines/toy.yaml']],
    ['flow run pipelines/toy.yaml ', ['sort', 'shout', 'join']],
    ['flow run pipelines/toy.yaml sort jo', ['join']],
    ['flow run pipelines/toy.yaml shout', ['shout', 'shout@']],
    [
      'flow cat shout',
      ['shout', 'shout@', 'shout.loud', 'shout.loud@', 'shout.count', 'shout.count@'],
    ],
    ['flow run pipelines/toy.yaml shout@', ['shout@n=']],
    ['flow run pipelines/toy.yaml shout@n=', ['shout@n=1', 'shout@n=2']],
    ['flow run pipelines/toy.yaml -p ', ['times=', 'end=']],
    ['flow run -p times=5 pipelines/toy.yaml shout@n=', ['shout@n=5']],
    ['flow run pipelines/toy.yaml --profile ', ['calm']],
    ['flow run pipelines/toy.yaml --profile=c', ['--profile=calm']],
    ['flow run pipelines/toy.yaml --failure k', ['kill']],
    ['flow run pipelines/toy.yaml --jo', ['--jobs']],
    ['flow cat sort.', ['sort.sorted']],
    ['flow show shout.count@n=', ['shout.count@n=1', 'shout.count@n=2']],
    ['flow show -f pipelines/toy.yaml shout@n=1', ['shout@n=1']],
    ['flow completion ', ['bash', 'zsh', 'fish']],
    ['flow nonsense x', []],
    ['flow ov', ['oven']],
    ['flow help ov', ['oven']],
    ['flow oven ', ['bake', 'list', 'clean']],
    ['flow oven bake ', ['bread', 'cake']],
    ['flow oven bake bread --', ['--help', '--heat', '--from']],
    ['flow oven bake --heat 3 ca', ['cake']],
    ['flow oven bake --heat 3 cake --', ['--help', '--from']],
    ['flow oven bake --heat ', []],
    ['flow oven clean --a', ['--all']],
    ['flow oven list ', []],
    ['flow oven fry ', []],
    ['flow cat join.all ', ['a b.txt', 'deep/', 'words.txt']],
    ['flow cat join.all deep/', ['deep/er/', 'deep/two.txt']],
    ['flow show join deep/er/', ['deep/er/one.txt']],
    ['flow open -f pipelines/toy.yaml join.all w', ['words.txt']],
    ['flow cat sort.sorted ', []],
    ['flow cat shout.loud ', []],
    ['flow table shout.count -w ', ['n=']],
    ['flow table shout.count -w n=', ['n=1', 'n=2']],
    ['flow table shout.count --where n=1,', ['n=1,2']],
    ['flow audit --tool ', ['strace', 'bubblewrap']],
    ['flow audit --by ', ['strace', 'bubblewrap']],
    ['flow log -f sort ', ['pipelines/toy.yaml']],
    ['flow audit sort too', []],
    ['flow status ', []],
  ])('%s', async (line, words) => {
    expect((await offered(line)).words).toEqual(words);
  });

  test.each([
    'flow oven bake cake --from ',
    'flow plain ',
    'flow report -o ',
    'flow checkout sort.sorted ',
    'flow run ',
  ])('file names: %s', async (line) => {
    expect((await offered(line)).flags).toContain('files');
  });

  test.each(['flow cat join.all ', 'flow run pipelines/toy.yaml -j ', 'flow oven bake --heat '])(
    'no file names: %s',
    async (line) => expect((await offered(line)).flags).not.toContain('files'),
  );

  test('runs, for --run', async () => {
    expect((await offered('flow ls --run ')).words).toEqual([expect.stringMatching(/^2\d{7}-/)]);
  });

  test('nothing, and no message, where nothing is or all is broken', async () => {
    const broken = new ToyProject({ 'pipelines/bad.yaml': 'stages: [', 'flow.yaml': '{' });
    try {
      for (const line of ['flow cat ', 'flow run pipelines/bad.yaml -p ', 'flow ls --run ']) {
        const { code, stdout, stderr } = await broken.flow('__complete', line);
        expect({ code, out: stdout.trim(), stderr }).toEqual({ code: 0, out: '', stderr: '' });
      }
    } finally {
      broken.remove();
    }
  });
});
