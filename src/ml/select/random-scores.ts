// Random scores, in the form that every scorer writes.
import type { TaskName } from '../tasks/task.ts';
import { poolRows } from '../data/split-file.ts';
import type { SplitFile } from '../data/split-file.ts';
import { Stream } from '../random.ts';
import type { Scores } from './scores.ts';

/** float32 holds every integer up to here. */
const MAX_ROWS = 2 ** 24;

/**
 * A random permutation of the candidate pool for each primary; a row's score is its place in it. There
 * are no ties, so that no task is favoured. A larger selection contains every smaller one.
 */
export function randomScores(
  split: SplitFile,
  primaries: readonly TaskName[],
  seed: number,
): Scores {
  const pools = [...split.tasks.keys()].map((task) => ({ task, rows: poolRows(split, task) }));
  const total = pools.reduce((sum, { rows }) => sum + rows.length, 0);
  if (total > MAX_ROWS) throw new Error(`a pool of ${total} rows is more than float32 can order`);
  const permutations = primaries.map((primary) => {
    const places = Uint32Array.from({ length: total }, (_, place) => place);
    return Stream.named(seed, 'score-random', primary).shuffle<Uint32Array, number>(places);
  });
  let start = 0;
  const tasks = pools.map(({ task, rows }) => {
    const first = start;
    start += rows.length;
    const values = new Float32Array(rows.length * primaries.length);
    for (let i = 0; i < rows.length; i++) {
      for (const [k, places] of permutations.entries()) {
        values[i * primaries.length + k] = places[first + i] as number;
      }
    }
    return { task, rows, values };
  });
  return { primaries, tasks };
}
