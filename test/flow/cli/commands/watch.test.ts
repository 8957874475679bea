import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ToyProject } from '../toy-project.ts';

let project: ToyProject;
let child: ChildProcess;
let told: string;
let read = 0;

const pipeline = `version: 1
name: p
stages:
  up:
    cmd: [sh, stages/up.sh, "\${inputs.words}", "\${outputs.o}"]
    inputs: { words: ./data/words.txt }
    outputs: { o: o.txt }
  all: { sh: "ls \${inputs.d} > \${outputs.o}", inputs: { d: ./rows }, outputs: { o: o.txt } }
exports:
  results/up.txt: up.o
  results/all.txt: all.o
`;

beforeEach(() => {
  project = new ToyProject({
    'flow.yaml': '',
    'pipelines/p.yaml': pipeline,
    'data/words.txt': 'one\n',
    'stages/up.sh': 'tr a-z A-Z < "$1" > "$2"\n',
    'rows/a/1.txt': '',
  });
});

afterEach(() => {
  child.kill('SIGKILL');
  project.remove();
});

function watch(...words: readonly string[]): void {
  told = '';
  read = 0;
  child = project.start('watch', 'pipelines/p.yaml', ...words);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => (told += String(chunk)));
  }
}

/** What is told next, up to a text. */
async function next(text: string): Promise<string> {
  for (let waited = 0; !told.slice(read).includes(text); waited += 20) {
    if (waited > 30_000) throw new Error(`never told: ${text}\n${told}`);
    await delay(20);
  }
  const end = told.indexOf(text, read) + text.length;
  const part = told.slice(read, end);
  read = end;
  return part;
}

const idle = 'Ctrl-C ends it\n';

test('runs again when a source, a file of a folder, the code or the pipeline changes', async () => {
  watch();
  expect(await next(idle)).toContain('✔ p: 2 ran, 0 hits');
  project.write({ 'data/words.txt': 'two\n' });
  const source = await next(idle);
  expect(source).toContain('data/words.txt changed\n');
  expect(source).toContain('✔ p: 1 ran, 1 hit');
  expect(readFileSync(project.path('results/up.txt'), 'utf8')).toBe('TWO\n');

  mkdirSync(project.path('rows/b'));
  project.write({ 'rows/b/2.txt': '' });
  expect(await next(idle)).toContain('✔ p: 1 ran, 1 hit');
  expect(readFileSync(project.path('results/all.txt'), 'utf8')).toBe('a\nb\n');

  // As editors save: another file is renamed to it.
  project.write({ 'stages/new.sh': 'tr a-z A-Z < "$1" | rev > "$2"\n' });
  renameSync(project.path('stages/new.sh'), project.path('stages/up.sh'));
  expect(await next(idle)).toContain('✔ p: 1 ran, 1 hit');
  expect(readFileSync(project.path('results/up.txt'), 'utf8')).toBe('OWT\n');

  project.write({ 'pipelines/p.yaml': pipeline.replace('ls ', 'ls -a ') });
  expect(await next(idle)).toContain('✔ p: 1 ran, 1 hit');
});

test('runs once for many edits, and not at all for edits that change nothing or for its own exports', async () => {
  watch();
  await next(idle);
  for (let i = 0; i < 10; i += 1) {
    project.write({ 'data/words.txt': `word ${i}\n` });
    await delay(10);
  }
  expect((await next(idle)).match(/✔/g)).toHaveLength(1);
  project.write({ 'data/words.txt': 'word 9\n', 'data/other.txt': 'not read' });
  rmSync(project.path('results'), { recursive: true });
  await delay(1_000);
  expect(told.slice(read)).toBe('');
});

test('tells mistakes and failures, and goes on', async () => {
  watch();
  await next(idle);
  project.write({ 'pipelines/p.yaml': pipeline.replace('cmd:', 'cdm:') });
  expect(await next(idle)).toContain("error: unknown key 'cdm'");
  project.write({ 'pipelines/p.yaml': pipeline });
  expect(await next(idle)).toContain('✔ p: 0 ran, 2 hits');
  project.write({ 'stages/up.sh': 'exit 3\n' });
  expect(await next(idle)).toContain('✖ up: exited with code 3');
  rmSync(project.path('data/words.txt'));
  expect(await next(idle)).toContain('data/words.txt');
  project.write({ 'data/words.txt': 'one\n', 'stages/up.sh': 'cat "$1" > "$2"\n' });
  expect(await next('✔ p: 1 ran, 1 hit')).not.toContain('exited with code 4');
});

test('sees a change that comes while a run is going on', async () => {
  project.write({ 'stages/up.sh': 'sleep 1; tr a-z A-Z < "$1" > "$2"\n' });
  watch();
  await next('start  up');
  project.write({ 'data/words.txt': 'late\n' });
  await next('✔');
  expect(await next(idle)).toContain('✔');
  expect(readFileSync(project.path('results/up.txt'), 'utf8')).toBe('LATE\n');
});

test('ends with Ctrl-C, between runs and in one, and leaves nothing behind', async () => {
  const ended = () => new Promise((resolve) => child.once('close', resolve));
  watch();
  await next(idle);
  child.kill('SIGINT');
  expect(await ended()).toBe(130);
  project.write({ 'stages/up.sh': 'sleep 60\n' });
  watch();
  await next('start  up');
  child.kill('SIGINT');
  expect(await ended()).toBe(130);
  expect(await project.json('status')).toMatchObject({ state: 'interrupted' });
});

test('refuses what no change could mend', async () => {
  child = project.start('status');
  const missing = await project.flow('watch', 'pipelines/q.yaml');
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain("did you mean 'pipelines/p.yaml'?");
  expect((await project.flow('watch', 'pipelines/p.yaml', '-p', 'nothing=1')).code).toBe(2);
  expect((await project.flow('watch', 'pipelines/p.yaml', '--jobs', '0')).code).toBe(2);
});
