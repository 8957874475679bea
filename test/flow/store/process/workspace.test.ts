import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ownIdentity,
  pidExists,
  pidSpace,
} from '../../../../src/flow/store/process/process-identity.ts';
import { Workspace, workspacesIn } from '../../../../src/flow/store/process/workspace.ts';
import { filesIn, temporaryFolder } from '../temporary.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** The private folder of some process. `owner`: what stands in owner.json. */
function foreign(cache: string, pid: number, owner: string): string {
  return filesIn(join(cache, 'tmp', `${pid}-${pidSpace()}-1`), { 'owner.json': owner });
}

const gone = (): number => spawnSync('true').pid ?? 0;

describe('whose a private folder is', () => {
  test('says its owner.json, whatever its name says: a pid may be another process’s by now', () => {
    const cache = temporaryFolder();
    const reused = JSON.stringify({ ...ownIdentity(), start: '1' });
    const folder = foreign(cache, process.pid, reused);
    expect(workspacesIn(cache)).toMatchObject([{ folder, abandoned: true }]);
    new Workspace(cache).sweep();
    expect(existsSync(folder)).toBe(false);
  });

  test('says its name where owner.json was cut off', () => {
    const cache = temporaryFolder();
    const half = JSON.stringify(ownIdentity()).slice(0, 20);
    const [dead, living] = [foreign(cache, gone(), half), foreign(cache, process.pid, half)];
    new Workspace(cache).sweep();
    expect([existsSync(dead), existsSync(living)]).toEqual([false, true]);
  });

  test('of another user’s process is not said to be gone', () => {
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
    });
    expect(pidExists(gone())).toBe(true);
  });
});

test('two of one process that draw the same name have a folder each', () => {
  vi.spyOn(Math, 'random').mockReturnValueOnce(0.5).mockReturnValueOnce(0.5);
  const cache = temporaryFolder();
  const [one, two] = [new Workspace(cache), new Workspace(cache)];
  expect(one.folder()).not.toBe(two.folder());
  expect(readdirSync(join(cache, 'tmp'))).toHaveLength(2);
});

describe('since when others could know of a process', () => {
  const past = new Date(1_000_000_000_000);

  test('is told by owner.json, not by its folder, which changes with all that is put into it', () => {
    const cache = temporaryFolder();
    const folder = foreign(cache, process.pid, JSON.stringify(ownIdentity()));
    utimesSync(join(folder, 'owner.json'), past, past);
    expect(workspacesIn(cache)).toMatchObject([{ folder, since: past.getTime() }]);
  });

  test('follows a clock that was set back, and stays where it goes on', () => {
    const cache = temporaryFolder();
    const workspace = new Workspace(cache);
    const folder = workspace.folder();
    const begun = workspace.since();
    const later = new Date(begun + 60_000);
    workspace.touch(later);
    expect([workspace.since(), workspacesIn(cache)[0]?.since]).toEqual([begun, begun]);
    expect(statSync(folder).mtime).toEqual(later);
    workspace.touch(past);
    expect([workspace.since(), workspacesIn(cache)[0]?.since]).toEqual([1e12, 1e12]);
  });
});

test('a folder that somebody removed is no error for its process', () => {
  const workspace = new Workspace(temporaryFolder());
  rmSync(workspace.folder(), { recursive: true });
  expect(() => workspace.touch(new Date())).not.toThrow();
  expect(() => workspace.close()).not.toThrow();
});
