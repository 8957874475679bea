import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { splitLine } from '../../../src/flow/cli/command-words.ts';
import { ToyProject, toyFiles, toyPipeline } from './toy-project.ts';

// What Tab offers, asked of the real program, and typed into real shells.

const cli = fileURLToPath(new URL('../../../dist/flow.js', import.meta.url));
let project: ToyProject;

beforeAll(async () => {
  project = new ToyProject({
    ...toyFiles,
    'flow.yaml': `commands:
  oven:
    description: bakes
    usage: bake bread|cake [--heat N] [--from FILE] | list | clean [--all]
    cmd: [echo]
  plain: { description: takes files, cmd: [echo] }
`,
    // A folder with folders, and a name that shells must quote.
    'pipelines/toy.yaml': toyPipeline.replace(
      'mkdir out/all &&',
      'mkdir -p out/all/deep/er && touch out/all/deep/er/one.txt out/all/deep/two.txt "out/all/a b.txt" &&',
    ),
  });
  const { code } = await project.flow('run', 'pipelines/toy.yaml');
  expect(code).toBe(0);
  // `flow` on PATH, as a person has it.
  mkdirSync(project.path('bin'));
  symlinkSync(cli, project.path('bin/flow'));
  chmodSync(cli, 0o755);
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
    ['flow ru', ['run']],
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
    ['flow audit --by ', ['strace', 'bubblewrap']],
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

const has = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
const hasTerminal = spawnSync('script', ['--version']).stdout?.includes('util-linux') === true;

/** Types into an interactive shell on a terminal; what it says. */
function typed(shell: string, keys: string): Promise<string> {
  const child = spawn('script', ['-qefc', shell, '/dev/null'], {
    cwd: project.dir,
    env: {
      PATH: `${project.path('bin')}:${process.env['PATH'] ?? ''}`,
      HOME: project.dir,
      TERM: 'dumb',
      PS1: '$ ',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += String(chunk)));
  child.stdin.end(keys);
  return new Promise((resolve) => child.on('close', () => resolve(said)));
}

/** What fish would list. */
function offers(line: string): string[] {
  return spawnSync(
    'fish',
    ['--no-config', '-c', `flow completion fish | source; complete -C '${line}'`],
    {
      cwd: project.dir,
      encoding: 'utf8',
      env: { PATH: `${project.path('bin')}:${process.env['PATH'] ?? ''}`, HOME: project.dir },
    },
  )
    .stdout.trim()
    .split('\n');
}

/** Each line is completed, then echoed instead of run. */
function echoes(lines: readonly string[]): string {
  return lines.map((line) => `${line}\t\u0001echo "<\u0005>"\n`).join('');
}

describe.skipIf(!hasTerminal)('in a real shell', () => {
  test('bash completes commands, references through = and @, and params', async () => {
    const said = await typed(
      'bash --norc --noprofile -i',
      `eval "$(flow completion bash)"\n${echoes([
        'flow sta',
        'flow cat sort.so',
        'flow cat shout.co\u0009@n=2',
        'flow run pipelines/toy.yaml -p tim',
        'flow run pipelines/toy.yaml shout@n',
        'flow run pipelines/toy.yaml --prof\u0009ca',
        'flow oven cl',
        'flow cat join.all de\u0009er\u0009',
        'flow cat join.all a',
        'flow cat join.all "a',
      ])}exit\n`,
    );
    for (const line of [
      '<flow status >',
      '<flow cat sort.sorted >',
      '<flow cat shout.count@n=2 >',
      '<flow run pipelines/toy.yaml -p times=>',
      '<flow run pipelines/toy.yaml shout@n=>',
      '<flow run pipelines/toy.yaml --profile calm >',
      '<flow oven clean >',
      '<flow cat join.all deep/er/one.txt >',
      '<flow cat join.all a\\ b.txt >',
      '<flow cat join.all a b.txt >',
    ]) {
      expect(said).toContain(line);
    }
  });

  test.skipIf(!has('zsh'))('zsh completes commands, references and params', async () => {
    writeFileSync(
      project.path('.zshrc'),
      'PS1="$ "; unsetopt zle_bracketed_paste 2>/dev/null; autoload -Uz compinit; compinit -u\neval "$(flow completion zsh)"\n',
    );
    const said = await typed(
      'zsh -i',
      `${echoes([
        'flow sta',
        'flow cat sort.so',
        'flow run pipelines/toy.yaml -p tim',
        'flow oven cl',
        'flow cat join.all deep/t',
        'flow cat join.all a',
      ])}exit\n`,
    );
    for (const line of [
      '<flow status>',
      '<flow cat sort.sorted>',
      '<flow run pipelines/toy.yaml -p times=>',
      '<flow oven clean>',
      '<flow cat join.all deep/two.txt>',
      '<flow cat join.all a\\ b.txt>',
    ]) {
      expect(said).toContain(line);
    }
  });

  test.skipIf(!has('fish'))('fish offers the same', () => {
    expect(offers('flow sta')).toEqual(['status\thow the latest or live run stands']);
    expect(offers('flow run pipelines/toy.yaml -p tim')).toEqual([
      expect.stringMatching(/^times=\t\[1,2\] {2}how loud/),
    ]);
    expect(offers('flow cat shout.count@n=')).toEqual(['shout.count@n=1', 'shout.count@n=2']);
    expect(offers('flow ov')).toEqual(['oven\tbakes']);
    expect(offers('flow oven bake c')).toEqual(['cake']);
    expect(offers('flow cat join.all deep/')).toEqual(['deep/er/', 'deep/two.txt']);
  });
});
