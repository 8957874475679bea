import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completedProject } from './completed-project.ts';
import type { ToyProject } from '../toy-project.ts';

// What Tab offers, typed into real shells.

let project: ToyProject;

beforeAll(async () => {
  project = await completedProject();
});

afterAll(() => project.remove());

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
    expect(offers('flow sta')).toEqual(['status\tshow the state of the latest run']);
    expect(offers('flow run pipelines/toy.yaml -p tim')).toEqual([
      expect.stringMatching(/^times=\t\[1,2\] {2}how loud/),
    ]);
    expect(offers('flow cat shout.count@n=')).toEqual(['shout.count@n=1', 'shout.count@n=2']);
    expect(offers('flow ov')).toEqual(['oven\tbakes']);
    expect(offers('flow oven bake c')).toEqual(['cake']);
    expect(offers('flow cat join.all deep/')).toEqual(['deep/er/', 'deep/two.txt']);
  });
});
