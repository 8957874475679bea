// What a run that computes everything does to folders and to the disk, counted and not timed.
import { execFileSync, spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { Project, flowBin } from '../rig/project.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;

const STAGES = 200;

/**
 * Calls per stage, all of them together, failed ones too. Of the 29 that were counted, the scratch folder, its out/,
 * tmp/ and in/, two links to inputs and stage.json take 13, the folder for a checkpoint 6, the view of an output 3,
 * the blob and the record 4, and new folders of the store 2. On a busy machine groups are smaller, and there are
 * more flushes.
 */
const MAX_CHANGES = 32;

/** Each change of a folder, and each wait for the disk, under all names that it has. */
const CHANGES =
  'unlink unlinkat rmdir rename renameat renameat2 link linkat ' +
  'mkdir mkdirat symlink symlinkat fsync fdatasync sync syncfs';

interface LayeredDag {
  layeredDag(count: number): unknown;
  writeSources(folder: string, dag: unknown): void;
  writeFlow(folder: string, dag: unknown): void;
}

test.skipIf(!hasStrace)(
  'a small stage changes few names and waits for no disk (skipped without strace)',
  async (context) => {
    const project = new Project();
    onTestFinished(() => project.close());
    const bench = new URL('../bench/layered-dag.mjs', import.meta.url).href;
    const { layeredDag, writeSources, writeFlow } = (await import(bench)) as LayeredDag;
    const dag = layeredDag(STAGES);
    writeSources(project.root, dag);
    writeFlow(project.root, dag);

    const flow = [process.execPath, flowBin, 'run', 'layered.yaml', '-q'];
    const counting = ['-f', '-c', '-e', `trace=${CHANGES.replaceAll(' ', ',')}`, '-o', 'counts'];
    execFileSync('strace', [...counting, ...flow], { cwd: project.root });
    // Per cent, seconds, microseconds a call, calls, errors where there were some, name.
    const rows = project
      .read('counts')
      .matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm);
    const counts = new Map(Array.from(rows, ([, calls, name = '']) => [name, Number(calls)]));
    counts.delete('total');
    const perStage = [...counts.values()].reduce((sum, calls) => sum + calls, 0) / STAGES;
    const told = `${perStage.toFixed(1)} a stage: ${JSON.stringify(Object.fromEntries(counts))}`;
    await context.annotate(told);
    expect(counts.get('mkdir')).toBeGreaterThan(STAGES);
    expect(perStage).toBeLessThanOrEqual(MAX_CHANGES);
  },
);
