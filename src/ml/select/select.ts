// The N best auxiliary rows for a primary task.
import type { TaskName } from '../tasks/tasks.ts';
import type { Scores } from './scores.ts';
import type { Chosen } from './selection.ts';

/**
 * Exactly `n` rows of the other tasks, highest score first; ties by the order of tasks, then rows.
 * @throws when the primary is not scored, or the pool has fewer rows
 */
export function selectTop(scores: Scores, primary: TaskName, n: number): readonly Chosen[] {
  const column = scores.primaries.indexOf(primary);
  if (column === -1) {
    throw new Error(
      `nothing is scored for ${primary}: the scores are for ${scores.primaries.join(', ')}; list it in 'scored'`,
    );
  }
  const pool = candidates(scores, primary).flatMap(({ task, rows, values }) =>
    Array.from(rows, (row, i) => ({
      task,
      row,
      score: values[i * scores.primaries.length + column] as number,
    })),
  );
  if (n > pool.length) {
    throw new Error(
      `${n} rows are asked for, but the pool for ${primary} has ${pool.length}: the training rows of the other tasks, less those that train the TD-MTDNN`,
    );
  }
  const order = bestFirst(pool.map(({ score }) => score)).subarray(0, n);
  return Array.from(order, (place, i) => {
    const candidate = pool[place] as (typeof pool)[number];
    return { ...candidate, rank: i + 1 };
  });
}

/** The number of candidates: the pool's rows of the other tasks. */
export function poolSize(scores: Scores, primary: TaskName): number {
  return candidates(scores, primary).reduce((sum, { rows }) => sum + rows.length, 0);
}

function candidates({ tasks }: Scores, primary: TaskName): Scores['tasks'] {
  return tasks.filter(({ task }) => task !== primary);
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
