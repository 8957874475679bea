import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Launcher } from '../../../../src/flow/engine/process/launcher.ts';
import { statOf } from '../../../../src/flow/engine/process/process-group.ts';
import type { Launch, Launched, Output } from '../../../../src/flow/engine/process/launcher.ts';

let folder: string;
let launcher: Launcher;
let log: number;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flow-launcher-'));
  log = openSync(path.join(folder, 'log'), 'a');
  launcher = new Launcher();
});

afterEach(async () => {
  await launcher.close();
  closeSync(log);
  rmSync(folder, { recursive: true });
});

const file = (): Output => ({ file: path.join(folder, 'log'), fd: log });

const sh = (text: string, more: Partial<Launch> = {}): Launch => ({
  program: '/bin/sh',
  args: ['-c', text],
  cwd: folder,
  env: { PATH: '/usr/bin:/bin' },
  output: [file(), file()],
  ...more,
});

async function launched(job: Launch): Promise<Launched> {
  const result = await launcher.launch(job);
  if (!('pid' in result)) throw new Error(JSON.stringify(result));
  return result;
}

/** Of a process that is started now. */
async function parentOf(): Promise<number> {
  writeFileSync(path.join(folder, 'log'), '');
  await (
    await launched(sh('read -r _ _ _ parent _ < /proc/self/stat; echo $parent'))
  ).exit;
  return Number(written());
}

const written = (): string => readFileSync(path.join(folder, 'log'), 'utf8');

describe.each([
  ['here', false],
  ['by another process', true],
])('a process that is started %s', (_where, byOther) => {
  let parent: number;

  beforeEach(async () => {
    parent = process.pid;
    if (!byOther) return;
    launcher.prepare();
    parent = launcher.parent ?? 0;
    // Until it is there, processes are started here.
    while ((await parentOf()) !== parent) await new Promise((next) => setTimeout(next, 20));
    writeFileSync(path.join(folder, 'log'), '');
  });

  it('is a child that leads a group of its own, in its folder, with its environment alone', async () => {
    const { pid, exit } = await launched(
      sh(`read -r _ _ _ parent group _ < /proc/self/stat; echo $parent $group; pwd; env`, {
        env: { PATH: '/usr/bin:/bin', A: 'b\nc' },
      }),
    );
    expect(await exit).toEqual({ kind: 'exit', code: 0 });
    const [relations, cwd, ...environment] = written().split('\n');
    expect(relations).toBe(`${parent} ${pid}`);
    expect(cwd).toBe(folder);
    expect(environment).toContain('A=b');
    expect(environment.some((line) => line.startsWith('HOME='))).toBe(false);
  });

  it('tells how it ended', async () => {
    expect(await (await launched(sh('exit 7'))).exit).toEqual({ kind: 'exit', code: 7 });
    const ended = await (await launched(sh('kill -TERM $$'))).exit;
    expect(ended).toEqual({ kind: 'signal', signal: 'SIGTERM' });
  });

  it.each([
    ['a program that is not there', { program: '/no/such' }, 'ENOENT'],
    ['a folder that is not there', { cwd: '/no/such' }, 'ENOENT'],
    ['a NUL in an argument', { args: ['a\0b'] }, 'ERR_INVALID_ARG_VALUE'],
  ] as const)('cannot be, with %s', async (_what, more, code) => {
    expect(await launcher.launch(sh('', more))).toMatchObject({ kind: 'spawn', code });
  });

  it('hands over the pipes that were asked for', async () => {
    const { pipes, exit } = await launched(sh('echo hello', { output: ['pipe', 'pipe'] }));
    const chunks: Buffer[] = [];
    for await (const chunk of pipes[0] ?? []) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('hello\n');
    expect(await exit).toEqual({ kind: 'exit', code: 0 });
  });

  it('may be one of many at once, and each ends as itself', async () => {
    const codes = Array.from({ length: 40 }, (_, index) => index);
    const ends = await Promise.all(
      codes.map(async (code) => (await launched(sh(`exit ${code}`))).exit),
    );
    expect(ends).toEqual(codes.map((code) => ({ kind: 'exit', code })));
  });
});

it('whose starter is killed counts as ended, and the next are started here', async () => {
  launcher.prepare();
  const other = launcher.parent ?? 0;
  while ((await parentOf()) !== other) await new Promise((next) => setTimeout(next, 20));
  const { exit, pid } = await launched(sh('sleep 60'));
  process.kill(other, 'SIGKILL');
  expect(await exit).toMatchObject({ kind: 'spawn' });
  process.kill(-pid, 'SIGKILL');
  expect(await parentOf()).toBe(process.pid);
});

it('has a starter that ends with its channel', async () => {
  launcher.prepare();
  const other = launcher.parent ?? 0;
  while ((await parentOf()) !== other) await new Promise((next) => setTimeout(next, 20));
  expect(statOf(other)).toBeDefined();
  await launcher.close();
  expect(statOf(other)).toBeUndefined();
});

it('is not given a starter by a run that has ended meanwhile', async () => {
  await launcher.close();
  launcher.prepare();
  expect(launcher.parent).toBeUndefined();
});
