// `flow backend add` on a disk that others fill meanwhile.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { ownBackends, withoutCompiler } from '../../rig/backend-home.ts';
import { hasProgram } from '../../rig/tools.ts';

const own = ownBackends();

describe.skipIf(withoutCompiler)('a disk that runs full', () => {
  let disk: string | undefined;
  afterEach(() => {
    if (disk === undefined) return;
    execFileSync('umount', [disk]);
    disk = undefined;
  });

  // What others write meanwhile cannot be foreseen: these pins claim to need nothing.
  test.each([
    ['while it is fetched', () => 2_000_000],
    ['while it is unpacked', () => own.backends.tiny.wheel[1].length + 24_000],
  ])('%s is said, and what was fetched is kept', async (_, size) => {
    const place = own.home.at('cache');
    mkdirSync(place);
    const options = ['-t', 'tmpfs', '-o', `size=${size()}`, 'none', place];
    if (!hasProgram('mount', ...options)) {
      process.stderr.write('a test with a full disk is skipped: this user cannot mount\n');
      return;
    }
    disk = place;
    const modest = {
      ...own.backends.tiny.pins,
      tensorflowCpu: { ...own.backends.tiny.pins.tensorflowCpu, unpacked: -1e9 },
    };
    const env = { TINY_PINS: own.home.write(JSON.stringify(modest), 'pins.json') };
    const { code, stderr } = await own.home.addQuickly({ env });
    expect(stderr.split('\nerror: ')[1]).toBe(
      'the disk is full\n  hint: flow keeps what it has downloaded: run the same command again to continue, or set XDG_CACHE_HOME to another folder\n',
    );
    expect(code).toBe(1);
    expect(own.home.inCache('backends')).toEqual([]);
    expect(own.home.inCache('downloads')).toHaveLength(1);
    execFileSync('mount', ['-o', 'remount,size=64m', place]);
    expect(await own.home.addQuickly({ env })).toMatchObject({ code: 0 });
    expect(own.home.registries.askedBelow('files').map(({ range }) => range === undefined)).toEqual(
      size() > 2_000_000 ? [true] : [true, false],
    );
  });
});
