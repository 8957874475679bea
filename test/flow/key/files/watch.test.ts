import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Watcher } from '../../../../src/flow/key/files/watch.ts';
import type { Watch, WatchKind } from '../../../../src/flow/key/files/watch.ts';
import { TempProject } from '../temp-project.ts';

/** A command that runs `laterMs` from now. */
const at = (project: TempProject, laterMs = 0): Watcher =>
  new Watcher(project.root, () => Date.now() + laterMs);

async function take(
  project: TempProject,
  kind: Exclude<WatchKind, 'modules'>,
  path: string,
  laterMs = 0,
): Promise<Watch> {
  return at(project, laterMs).take(kind, `${project.root}/${path}`);
}

describe('a watched file', () => {
  test('that has just changed is not known by its times', async () => {
    const project = new TempProject({ a: 'one' });
    expect((await take(project, 'file', 'a')).stamp).toBe('');
  });

  test('that has settled is known by its times, and they are taken at their word', async () => {
    const project = new TempProject({ a: 'one' });
    const watch = await take(project, 'file', 'a', 5000);
    expect(watch.stamp).toMatch(/^3:\d+:\d+:\d+:\d+$/);
    const wrong = { ...watch, digest: null };
    expect(await at(project).renew([wrong])).toEqual([wrong]);
  });

  test('that settles later gets its times then', async () => {
    const project = new TempProject({ a: 'one' });
    const fresh = await take(project, 'file', 'a');
    const renewed = await at(project, 5000).renew([fresh]);
    expect(renewed).toEqual([await take(project, 'file', 'a', 5000)]);
  });

  test('that changed is told from one that did not, whatever its size', async () => {
    const project = new TempProject({ a: 'one', b: 'two' });
    const watches = [
      await take(project, 'file', 'a', 5000),
      await take(project, 'file', 'b', 5000),
    ];
    project.write('b', 'owt');
    expect(await at(project, 5000).renew(watches)).toBeUndefined();
  });

  test('that changed is told also where its size and its mtime are what they were', async () => {
    const project = new TempProject({ a: 'one' });
    project.touch('a', 1_000_000_000);
    const watch = await take(project, 'file', 'a', 5000);
    await sleep(20);
    project.write('a', 'eno');
    project.touch('a', 1_000_000_000);
    expect(await at(project, 5000).renew([watch])).toBeUndefined();
  });

  test('has a stamp of all that another file of equal size and times differs in', async () => {
    const project = new TempProject({ a: 'one' });
    const { stamp } = await take(project, 'file', 'a', 5000);
    const { size, mtimeNs, ctimeNs, dev, ino } = statSync(`${project.root}/a`, { bigint: true });
    expect(stamp).toBe([size, mtimeNs, ctimeNs, dev, ino].join(':'));
  });

  test('whose mtime was set back has still just changed', async () => {
    const project = new TempProject({ a: 'one' });
    project.touch('a', 1_000_000_000);
    expect((await take(project, 'file', 'a')).stamp).toBe('');
  });

  test('of a file system whose times say nothing is never known by them', async () => {
    const watch = await new Watcher('/', () => Date.now() + 86_400_000).take(
      'file',
      '/proc/version',
    );
    expect(watch.stamp).toBe('');
  });

  test('may be absent, appear and go', async () => {
    const project = new TempProject();
    const absent = await take(project, 'file', 'a');
    expect(absent).toMatchObject({ stamp: null, digest: null });
    expect(await at(project).renew([absent])).toEqual([absent]);
    project.write('a', '');
    expect(await at(project).renew([absent])).toBeUndefined();
    const present = await take(project, 'file', 'a');
    project.remove('a');
    expect(await at(project).renew([present])).toBeUndefined();
  });

  test('is named from the root, or by its full path outside', async () => {
    const [project, other] = [new TempProject({ 'x/a': '' }), new TempProject({ b: '' })];
    expect((await take(project, 'file', 'x/a')).path).toBe('x/a');
    const outside = await new Watcher(project.root).take('file', `${other.root}/b`);
    expect(outside.path).toBe(`${other.root}/b`);
    expect(await at(project).renew([outside])).toHaveLength(1);
  });
});

describe('a watched folder', () => {
  test('of sources counts names that an import could mean, and no other', async () => {
    const project = new TempProject({ 'lib/a.ts': '' });
    const watch = await take(project, 'sources', 'lib');
    project.write('lib/notes.md', '');
    project.write('lib/sub/x.ts', '');
    project.write('lib/a.ts', 'changed');
    expect(await at(project).renew([watch])).toHaveLength(1);
    project.write('lib/b.json', '');
    expect(await at(project).renew([watch])).toBeUndefined();
  });

  test('of a pattern counts every name', async () => {
    const project = new TempProject({ 'lib/a.ts': '' });
    const watch = await take(project, 'tree', 'lib');
    project.write('lib/sub/x', '');
    expect(await at(project).renew([watch])).toBeUndefined();
  });
});

/** A moment now by the steady clock. */
const since = (aheadMs: number) => ({
  wallMs: Date.now() + aheadMs,
  steadyMs: performance.now(),
});

test('a change while a bundle is made is noticed, with the lag of the clock', async () => {
  const project = new TempProject({ a: 'one' });
  const watcher = at(project);
  const watch = await watcher.take('file', `${project.root}/a`);
  expect(watcher.changedSince([watch], since(-1000))).toBe(true);
  // A moment that seems to come: so it looks after the clock was set back, when no time tells anything.
  expect(watcher.changedSince([watch], since(1000))).toBe(true);
  const later = { wallMs: Date.now() + 1000, steadyMs: performance.now() + 1000 };
  expect(watcher.changedSince([watch], later)).toBe(false);
});
