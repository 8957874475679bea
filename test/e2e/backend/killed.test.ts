// `flow backend add` killed at any moment, and called again.
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { ownBackends, withoutCompiler } from '../../rig/backend-home.ts';

const own = ownBackends();

describe.skipIf(withoutCompiler)('killed', () => {
  const [add, gone] = [['add', 'tensorflow'], 'SIGKILL'] as const;

  test('in the middle of a download, it goes on from there', async () => {
    const [file, wheel] = own.backends.tiny.wheel;
    const part = own.home.cache('downloads', `${file}.part`);
    own.home.registries.held.set(file, 1_000_000);
    const first = own.home.start(add);
    await until(() => existsSync(part) && statSync(part).size === 1_000_000);

    // Meanwhile nobody else gets in.
    const busy = await own.home.tinily(add);
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining(`error: process ${first.child.pid} on ${hostname()} is running it already`) as string }); // prettier-ignore
    expect((await own.home.tinily(['remove', 'tensorflow'])).stderr).toContain(
      'is running it already',
    );

    first.child.kill(gone);
    expect((await first.ended).signal).toBe(gone);
    expect((await own.home.flow(['backend', 'list'])).stdout).toBe(
      `there are no backends in ${own.home.cache('backends')}\n`,
    );
    expect(own.home.inCache('backends').length).toBeGreaterThan(0);

    own.home.registries.held.clear();
    const second = await own.home.tinily([...add, '--addon', own.backends.tiny.addon]);
    expect(second).toMatchObject({ code: 0 });
    expect(own.home.registries.askedBelow('files').map(({ range }) => range)).toEqual([undefined, 'bytes=1000000-']); // prettier-ignore
    expect(own.home.inCache('backends')).toEqual(['tensorflow']);
    expect(own.home.inCache('downloads')).toEqual([]);
    expect(wheel.length).toBeGreaterThan(2_000_000);
  });

  test('in the middle of unpacking, it fetches nothing twice', async () => {
    const [file] = own.backends.tiny.wheel;
    own.home.registries.held.set(
      'nvidia_cuda_runtime_cu12-0.0.1-py3-none-manylinux2014_x86_64.whl',
      10,
    );
    const first = own.home.start(['add', 'tensorflow-gpu']);
    await until(() => own.home.inCache('downloads').some((name) => name.startsWith('nvidia')));
    first.child.kill(gone);
    await first.ended;
    own.home.registries.held.clear();
    const second = await own.home.tinily([
      'add',
      'tensorflow-gpu',
      '--addon',
      own.backends.tiny.addon,
    ]);
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).toMatch(/^2 files, 0\.0 MB to download/);
    expect(own.home.registries.askedBelow('files').filter(({ path: asked }) => asked.endsWith(file)).length).toBe(1); // prettier-ignore
  });

  test('while the compiler works, it begins that anew', async () => {
    const compiler = own.home.at('slow-g++');
    const begun = own.home.at('begun');
    writeFileSync(compiler, `#!/bin/sh\n[ "$1" = --version ] && exit\necho $$ >${begun}.new; mv ${begun}.new ${begun}\nexec sleep 600\n`); // prettier-ignore
    chmodSync(compiler, 0o755);
    const first = own.home.start(add, { env: { CXX: compiler } });
    await until(() => existsSync(begun));
    first.child.kill(gone);
    process.kill(Number(readFileSync(begun, 'utf8')), gone);
    await first.ended;
    const files = own.home.registries.askedBelow('files').length;
    const second = await own.home.tinily(add);
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).not.toContain('fetching');
    expect(own.home.registries.askedBelow('files').length).toBe(files);
    expect(own.home.inCache('backends')).toEqual(['tensorflow']);
  });

  test('what it left can be removed', async () => {
    const [file] = own.backends.tiny.wheel;
    own.home.registries.held.set(file, 500_000);
    const first = own.home.start(add);
    const part = own.home.cache('downloads', `${file}.part`);
    await until(() => existsSync(part) && statSync(part).size === 500_000);
    first.child.kill(gone);
    await first.ended;
    const removed = await own.home.tinily(['remove', 'tensorflow']);
    expect(removed).toMatchObject({ code: 0, stdout: 'removed tensorflow: 0.5 MB are free again\n' }); // prettier-ignore
    expect([...own.home.inCache('backends'), ...own.home.inCache('downloads')]).toEqual([]);
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited > 60_000) throw new Error('it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
