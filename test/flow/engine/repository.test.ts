import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { failureOf, started, World } from './world.ts';

function inRepository(): World {
  const world = new World();
  const git = (...args: readonly string[]): void => {
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], {
      cwd: world.root,
      stdio: 'ignore',
    });
  };
  git('init');
  git('commit', '--allow-empty', '-m', 'first');
  return world;
}

const commit = `
probes:
  commit: { cmd: [git, rev-parse, HEAD], watch: [.git/HEAD, .git/logs/HEAD] }
stages:
  s: { sh: 'cp \${inputs.c} \${outputs.o}', inputs: { c: probe.commit }, outputs: { o: o.txt } }
`;

describe('the git repository of the project', () => {
  it('is not found from a scratch folder, and the failure says what to write', async () => {
    const ran = await inRepository().run(`
stages:
  s: { sh: 'git rev-parse HEAD > \${outputs.o}', outputs: { o: o.txt } }
`);
    expect(failureOf(ran, 's')).toMatchObject({
      exitCode: 128,
      hint: 'a stage does not see the repository of the project. Read a probe: probes: { commit: { cmd: [git, rev-parse, HEAD], watch: [.git/HEAD, .git/logs/HEAD] } }',
    });
  });

  it('does not hide one that a stage makes itself, also from its folders', async () => {
    const ran = await inRepository().run(`
stages:
  s:
    sh: 'git init -q; mkdir below; cd below; git rev-parse --show-prefix > ../\${outputs.o}'
    outputs: { o: o.txt }
`);
    expect(ran.outcomes).toEqual({ s: 'ran' });
  });

  it('is found by a probe, which is asked again after a commit', async () => {
    const world = inRepository();
    const first = await world.run(commit);
    expect(started(await world.run(commit))).toEqual([]);
    execFileSync(
      'git',
      ['-c', 'user.name=x', '-c', 'user.email=x@y.z', 'commit', '--allow-empty', '-qm', 'more'],
      {
        cwd: world.root,
      },
    );
    const second = await world.run(commit);
    expect(started(second)).toEqual(['probe.commit', 's']);
    expect(await world.output(second, 's', 'o')).not.toBe(await world.output(first, 's', 'o'));
  });

  it('is bounded by a variable that is in no key, and that a stage can declare', async () => {
    const world = new World();
    world.env['GIT_CEILING_DIRECTORIES'] = '/elsewhere';
    const ran = await world.run(`
stages:
  own: { sh: 'echo "$GIT_CEILING_DIRECTORIES" > \${outputs.o}', env: [GIT_CEILING_DIRECTORIES], outputs: { o: o.txt } }
  flow: { sh: 'test "$GIT_CEILING_DIRECTORIES" = "$(dirname "$PWD")"; echo > \${outputs.o}', outputs: { o: o.txt } }
`);
    expect(await world.output(ran, 'own', 'o')).toBe('/elsewhere\n');
    expect(ran.outcomes['flow']).toBe('ran');
  });
});
