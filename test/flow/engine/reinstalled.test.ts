import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { noPython } from '../key/python.ts';
import { started, World } from './world.ts';

// Each test makes an environment, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

const pipeline = `
stages:
  s: { py: stages/s.py, outputs: { o: o.txt } }
`;

/** A project whose stage writes what the package `dep` says. */
function withEnvironment(): { world: World; install: (says: string) => void } {
  const world = new World();
  world.write({ 'stages/s.py': "import dep\nopen('out/o.txt', 'w').write(dep.says)\n" });
  execFileSync('python3', ['-m', 'venv', '--without-pip', world.at('.venv')]);
  const ask = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  const site = execFileSync(world.at('.venv/bin/python'), ['-c', ask], { encoding: 'utf8' })
    .trim()
    .slice(world.root.length + 1);
  const install = (says: string): void => {
    const module = `says = '${says}'\n`;
    const digest = createHash('sha256').update(module).digest('base64url');
    const info = `${site}/dep-1.0.dist-info`;
    world.write({
      [`${site}/dep.py`]: module,
      [`${info}/METADATA`]: 'Metadata-Version: 2.1\nName: dep\nVersion: 1.0\n\n',
      [`${info}/RECORD`]: `dep.py,sha256=${digest},${module.length}\ndep-1.0.dist-info/RECORD,,\n`,
    });
  };
  return { world, install };
}

describe.skipIf(noPython)('a package that an index gave again under the same version', () => {
  it('re-runs what uses it if its files differ, and both results stay', async () => {
    const { world, install } = withEnvironment();
    install('one');
    expect(await world.output(await world.run(pipeline), 's', 'o')).toBe('one');
    install('another');
    expect((await world.plan(pipeline)).misses).toBe(1);
    const { changes } = await world.explain(pipeline, 's');
    expect(changes).toMatchObject([{ kind: 'package', name: 'dep' }]);
    const ran = await world.run(pipeline);
    expect(started(ran)).toEqual(['s']);
    expect(await world.output(ran, 's', 'o')).toBe('another');
    expect(started(await world.run(pipeline))).toEqual([]);
    install('one');
    const back = await world.run(pipeline);
    expect(started(back)).toEqual([]);
    expect(await world.output(back, 's', 'o')).toBe('one');
  });

  it('leaves the key of the first installation as it was', async () => {
    const { world, install } = withEnvironment();
    install('one');
    const [plan] = (await world.plan(pipeline)).instances;
    await world.store(async (store) => {
      expect(store.keys()).toEqual([]);
    });
    await world.run(pipeline);
    await world.store(async (store) => {
      const [key] = store.keys();
      const result = key && (await store.action(key));
      expect(plan).toMatchObject({ key });
      expect(result?.manifest.packages).toEqual([{ name: 'dep', version: '1.0' }]);
      expect(result?.provenance.byVersion).toMatchObject({
        dep: expect.stringMatching(/^sha256:/),
      });
    });
  });
});
