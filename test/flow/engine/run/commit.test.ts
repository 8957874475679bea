import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Commit, RunRecord } from '../../../../src/flow/core/run-record.ts';
import { World } from '../world.ts';
import type { Ran } from '../world.ts';

const stages = (word: string): string => `
stages:
  s: { sh: 'echo ${word} > \${outputs.o}', outputs: { o: o.txt } }
`;

function git(world: World, ...args: readonly string[]): string {
  const settings = ['-c', 'user.name=t', '-c', 'user.email=t@localhost'];
  return execFileSync('git', [...settings, ...args], { cwd: world.root, encoding: 'utf8' }).trim();
}

/** A project whose pipeline is committed. */
function committed(): World {
  const world = new World();
  world.write({
    'pipelines/p.yaml': `version: 1\nname: p\n${stages('one')}`,
    '.gitignore': 'cache\n',
  });
  git(world, 'init', '-q');
  git(world, 'add', '.');
  git(world, 'commit', '-q', '-m', 'one');
  return world;
}

const commitOf = (world: World, ran: Ran): Commit | undefined =>
  (JSON.parse(world.read(`cache/runs/${ran.summary.run_id}/run.json`)) as RunRecord).commit;

describe('the record of a run', () => {
  it('names the commit, and whether the tracked files are as committed', async () => {
    const world = committed();
    world.write({ 'untracked.txt': 'x' });
    const id = git(world, 'rev-parse', 'HEAD');
    expect(commitOf(world, await world.run(stages('one')))).toEqual({ id, clean: true });
    // `world.run` writes the pipeline file anew.
    expect(commitOf(world, await world.run(stages('two')))).toEqual({ id, clean: false });
  });

  it('names none where nothing was computed', async () => {
    const world = committed();
    await world.run(stages('one'));
    const again = await world.run(stages('one'));
    expect(again.summary.hit).toBe(1);
    expect(commitOf(world, again)).toBeUndefined();
  });

  it('names none without a repository, without a commit or without git', async () => {
    const bare = new World();
    expect(commitOf(bare, await bare.run(stages('one')))).toBeUndefined();
    git(bare, 'init', '-q');
    expect(commitOf(bare, await bare.run(stages('two')))).toBeUndefined();
    const world = committed();
    world.write({ 'bin/git': '#!/bin/sh\nexit 1\n' });
    chmodSync(world.at('bin/git'), 0o755);
    world.env['PATH'] = `${world.at('bin')}:${world.env['PATH'] ?? ''}`;
    const ran = await world.run(stages('two'));
    expect([ran.exitCode, commitOf(world, ran)]).toEqual([0, undefined]);
  });

  it('does not wait for a git that does not end', async () => {
    const world = committed();
    world.write({ 'bin/git': '#!/bin/sh\nexec sleep 60\n' });
    chmodSync(world.at('bin/git'), 0o755);
    world.env['PATH'] = `${world.at('bin')}:${world.env['PATH'] ?? ''}`;
    const ran = await world.run(stages('two'));
    expect([ran.exitCode, commitOf(world, ran)]).toEqual([0, undefined]);
    expect(ran.summary.wall_s).toBeLessThan(20);
  });
});
