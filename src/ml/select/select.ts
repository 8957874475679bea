// The N best auxiliary rows for a primary task.
import { poolRows } from '../data/split-file.ts';
import type { SplitFile } from '../data/split-file.ts';
import type { LeakingRows } from '../leakage/leaks-file.ts';
import type { TaskName } from '../tasks/task.ts';
import type { Scores, TaskScores } from './scores.ts';
import type { Chosen } from './selection.ts';

/**
 * Exactly `n` rows of the other tasks, highest score first; ties by the order of tasks in the split,
 * then by row.
 *
 * @param dropped candidates that cannot be chosen
 * @throws when the primary or a candidate is not scored, or the pool has fewer rows
 */
export function selectTop(
  scores: Scores,
  split: SplitFile,
  primary: TaskName,
  n: number,
  dropped: LeakingRows = new Map(),
): readonly Chosen[] {
  const column = scores.primaries.indexOf(primary);
  if (column === -1) {
    throw new Error(
      `nothing is scored for ${primary}: the scores are for ${scores.primaries.join(', ')}; list it in 'scored'`,
    );
  }
  const width = scores.primaries.length;
  const known = new Map(scores.tasks.map((block) => [block.task, block]));
  for (const name of known.keys()) {
    if (!split.tasks.has(name)) {
      const names = [...split.tasks.keys()].join(', ');
      throw new Error(`rows of '${name}' are scored, which is not among the tasks: ${names}`);
    }
  }
  const pool = auxiliaries(split, primary).flatMap((task) => {
    const places = placesOf(known.get(task), task, split);
    const candidates = candidatesOf(split, task, dropped);
    return Array.from(candidates, (row) => {
      const place = places.get(row);
      if (place === undefined) {
        throw new Error(
          `row ${row} of ${task} has no score: a scorer scores every candidate, ${candidates.length} rows of ${task}`,
        );
      }
      return { task, row, score: known.get(task)?.values[place * width + column] as number };
    });
  });
  if (n > pool.length) {
    throw new Error(
      `${n} rows are asked for, but the pool for ${primary} has ${pool.length}: the training rows of the other tasks, less those that train the TD-MTDNN${dropped.size > 0 ? ' and those that repeat evaluation rows' : ''}`,
    );
  }
  const order = bestFirst(pool.map(({ score }) => score)).subarray(0, n);
  return Array.from(order, (place, i) => {
    const candidate = pool[place] as (typeof pool)[number];
    return { ...candidate, rank: i + 1 };
  });
}

/** The number of candidates: the pool's rows of the other tasks. */
export function poolSize(
  split: SplitFile,
  primary: TaskName,
  dropped: LeakingRows = new Map(),
): number {
  return auxiliaries(split, primary).reduce(
    (sum, task) => sum + candidatesOf(split, task, dropped).length,
    0,
  );
}

function candidatesOf(split: SplitFile, task: TaskName, dropped: LeakingRows): Uint32Array {
  const gone = dropped.get(task);
  const rows = poolRows(split, task);
  return gone === undefined ? rows : rows.filter((row) => !gone.has(row));
}

function auxiliaries({ tasks }: SplitFile, primary: TaskName): readonly TaskName[] {
  return [...tasks.keys()].filter((task) => task !== primary);
}

/** The place of each row among the scores of its task. Rows that are no candidates may have scores too. */
function placesOf(
  scored: TaskScores | undefined,
  task: TaskName,
  split: SplitFile,
): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  const { train = 0 } = split.tasks.get(task) ?? {};
  for (const [place, row] of (scored?.rows ?? []).entries()) {
    if (places.has(row)) throw new Error(`row ${row} of ${task} is scored twice`);
    if (row >= train)
      throw new Error(`row ${row} of ${task} is scored, which has rows 0 to ${train - 1}`);
    places.set(row, place);
  }
  return places;
}

/**
 * The places of the values, the highest value first, equal ones in their order.
 * @throws on NaN, which has no rank
 */
export function bestFirst(values: ArrayLike<number>): Uint32Array {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) throw new Error(`value ${i} is NaN and cannot be ranked`);
  }
  return Uint32Array.from({ length: values.length }, (_, place) => place).sort((a, b) => {
    const [x, y] = [values[a] as number, values[b] as number];
    return x > y ? -1 : x < y ? 1 : a - b;
  });
}
