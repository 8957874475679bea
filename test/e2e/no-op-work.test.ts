// What a run that changes nothing does, counted and not timed.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Project, flowBin } from '../rig/project.ts';

const strace = spawnSync('strace', ['-V']).status === 0;
const counting = fileURLToPath(new URL('../fixtures/count-processes.cjs', import.meta.url));

/** Pairs of stages: each second one reads a first one. */
function project(stages: number): Project {
  const made = new Project();
  onTestFinished(() => made.close());
  const rows = Array.from({ length: stages / 2 }, (_, index) => [
    `  a${index}: { sh: 'echo a${index} > \${outputs.o}', outputs: { o: o.txt } }`,
    `  b${index}: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: a${index}.o }, outputs: { o: o.txt } }`,
  ]);
  made.pipeline(`stages:\n${rows.flat().join('\n')}\n`);
  return made;
}

/** Makes everything, and lets a second run see it when file times are believed. */
async function settle(made: Project, stages: number): Promise<void> {
  expect(await made.runJson()).toMatchObject({ ran: stages });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(await made.runJson()).toMatchObject({ ran: 0, hit: stages });
}

/** Calls by system call of a no-op, on files below the project. */
function calls(made: Project): Readonly<Record<string, number>> {
  const log = made.at('strace.log');
  const traced = ['-f', '-e', 'trace=%file,execve,write,pwrite64', '-o', log];
  execFileSync('strace', [...traced, process.execPath, flowBin, 'run', 'pipelines/p.yaml', '-q'], {
    cwd: made.root,
  });
  const counts: Record<string, number> = {};
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const name = /^\d+ +(\w+)\(/.exec(line)?.[1];
    const ours = line.includes(`"${made.root}`) || name === 'execve' || name === 'write';
    if (name !== undefined && ours) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('a run that changes nothing', () => {
  test('starts no process', async () => {
    const made = project(20);
    await settle(made, 20);
    const counts = made.at('processes.txt');
    made.write({ 'processes.txt': '' });
    const env = { NODE_OPTIONS: `--require=${counting}`, COUNT_PROCESSES: counts };
    expect((await made.flow(['run', 'pipelines/p.yaml'], env)).code).toBe(0);
    expect(readFileSync(counts, 'utf8')).toBe('');
  });

  test.runIf(strace)(
    'looks twice at each instance, opens none, and writes no more for more of them',
    async () => {
      const [few, many] = [project(20), project(220)];
      await settle(few, 20);
      await settle(many, 220);
      const [less, more] = [calls(few), calls(many)];
      const added = (name: string): number => (more[name] ?? 0) - (less[name] ?? 0);
      expect(more['execve']).toBe(1);
      // The record's file and the output's blob.
      const looks = ['statx', 'stat', 'lstat', 'newfstatat'].reduce(
        (sum, name) => sum + added(name),
        0,
      );
      expect(looks).toBe(2 * 200);
      expect(added('openat')).toBe(0);
      // Events come in pieces of 64 KiB.
      expect(added('write')).toBeLessThan(10);
    },
  );
});
