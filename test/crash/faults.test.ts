import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failpoints } from '../../src/flow/store/disk/failpoints.ts';
import { flowBin } from '../rig/project.ts';
import { Victim } from './scenarios.ts';

// What a full disk, a forbidden folder or too few descriptors do to a run: it says so in words, its exit
// code is not 0, the cache stays whole, and the next run ends as a clean one.

let victim: Victim;
let mount: string | undefined;

beforeEach(() => {
  victim = new Victim();
});

afterEach(() => {
  if (mount !== undefined) {
    execFileSync('umount', [mount]);
    rmSync(mount, { recursive: true });
    mount = undefined;
  }
  victim.close();
});

/** A small disk as the cache; false: this user cannot mount. */
function mounted(...options: readonly string[]): boolean {
  mount = mkdtempSync(path.join(tmpdir(), 'flow-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'none', mount], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    rmSync(mount, { recursive: true });
    mount = undefined;
    return false;
  }
}

async function heals(args: readonly string[] = []): Promise<void> {
  const verified = await victim.flow(['verify', ...args]);
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('all unchanged')]);
  const next = await victim.flow(['run', 'pipelines/p.yaml', '--json', '-p', 'text=one', ...args]);
  expect(next.code).toBe(0);
}

const noStack = (text: string): void => {
  expect(text).not.toMatch(/internal error|\n\s+at /);
};

describe('a full disk', () => {
  it.for([1, 3, 5.2, 5.3, 6])(
    'of %d MB under the cache is said, and costs no result',
    async (size, context) => {
      if (!mounted(`size=${Math.round(size * 1024)}k`)) context.skip('cannot mount');
      const cache = ['--cache', mount ?? ''];
      const ended = await victim.flow(['run', 'pipelines/p.yaml', '-j', '1', ...cache]);
      noStack(ended.stderr);
      expect([1, 3]).toContain(ended.code);
      expect(ended.stderr).toMatch(/no space left|is full/);
      execFileSync('mount', ['-o', 'remount,size=64m', mount ?? '']);
      await heals(cache);
    },
  );

  it('without room for another inode is said', async (context) => {
    if (!mounted('size=64m', 'nr_inodes=40')) context.skip('cannot mount');
    const cache = ['--cache', mount ?? ''];
    const ended = await victim.flow(['run', 'pipelines/p.yaml', '-j', '1', ...cache]);
    noStack(ended.stderr);
    expect([1, 3]).toContain(ended.code);
    expect(ended.stderr).toMatch(/no space left|is full/);
    execFileSync('mount', ['-o', 'remount,nr_inodes=4000', mount ?? '']);
    await heals(cache);
  });
});

describe('a cache that may only be read', () => {
  it('is looked at, a run of hits ends well, and a run of a miss is refused in words', async (context) => {
    if (!mounted('size=64m')) context.skip('cannot mount');
    const cache = ['--cache', mount ?? ''];
    expect((await victim.flow(['run', 'pipelines/p.yaml', ...cache])).code).toBe(0);
    execFileSync('mount', ['-o', 'remount,ro', mount ?? '']);
    expect((await victim.flow(['run', 'pipelines/p.yaml', ...cache])).code).toBe(0);
    const run = await victim.flow(['run', 'pipelines/p.yaml', '--rerun', 'third', ...cache]);
    noStack(run.stderr);
    expect(run.code).toBe(3);
    expect(run.stderr).toMatch(/read-only/);
    for (const args of [
      ['ls'],
      ['status'],
      ['cat', 'third'],
      ['log', 'third'],
      ['verify', '--dry-run'],
    ]) {
      const looked = await victim.flow([...args, ...cache]);
      expect([args, looked.code, looked.stderr]).toEqual([
        args,
        0,
        expect.not.stringMatching('EROFS'),
      ]);
    }
    execFileSync('mount', ['-o', 'remount,rw', mount ?? '']);
    await heals(cache);
  });
});

describe('too few file descriptors', () => {
  // So few that the program hardly loads; so few that stages hardly start.
  it.for([20, 24, 28, 36])('%d of them are said, and cost no result', async (limit) => {
    const script = `ulimit -n ${limit}; exec "$NODE" "$FLOW" run pipelines/p.yaml -j 2 -p text=one`;
    const ended = spawnSync('bash', ['-c', script], {
      cwd: victim.project.root,
      env: {
        ...process.env,
        NODE: process.execPath,
        FLOW: flowBin,
        P: victim.project.at('marks'),
      },
      encoding: 'utf8',
    });
    noStack(ended.stderr);
    expect(ended.signal).toBe(null);
    expect(ended.status === 0 ? 'EMFILE' : ended.stderr).toMatch(/EMFILE|too many open files/);
    await heals();
  });
});

const steps = failpoints.filter(
  (step) => !/^gc\.|^stage\.|swept|moved-aside|upgrading|replaced|dropped|set-aside/.test(step),
);

describe('a step after which the system refuses', () => {
  // One run for all of them would need them to fail one by one: each is its own project.
  it.for(steps)(
    '%s is said, leaves no damage, and the next run ends as a clean one',
    async (step) => {
      for (const code of ['ENOSPC', 'EMFILE']) {
        victim.close();
        victim = new Victim();
        const ended = await victim.run('one', `${code}@${step}`);
        noStack(ended.stderr);
        expect([code, ended.signal]).toEqual([code, null]);
        expect([0, 1, 3]).toContain(ended.code);
        if (ended.code !== 0)
          expect(ended.stdout + ended.stderr).toMatch(/ENOSPC|EMFILE|no space left/);
        await heals();
      }
    },
  );
});
