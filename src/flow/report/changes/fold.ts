import { groupBy } from '../../core/group-by.ts';
import { stageOf } from '../../core/names.ts';

/** Instances of one stage that are alike, or a single one. */
export interface Folded<T> {
  /** `train@seed=0`, or `train (×76)`. */
  readonly name: string;
  readonly items: readonly [T, ...(readonly T[])];
}

/** With more instances of a stage than this, those that are alike become one. */
const MAX_PER_STAGE = 3;

/**
 * One line for each group of instances that are alike, instead of one for each of a matrix.
 *
 * @param likeness equal for items that can become one
 * @param apart items that differ in this are counted apart from the start
 */
export function foldMatrix<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  likeness: (item: T) => string,
  apart: (item: T) => string = () => '',
): readonly Folded<T>[] {
  const stages = groupBy(items, (item) => `${apart(item)} ${stageOf(idOf(item))}`);
  return [...stages.values()].flatMap((stage) =>
    stage.length <= MAX_PER_STAGE
      ? unfolded(stage, idOf)
      : [...groupBy(stage, likeness).values()].flatMap((group) => folded(group, idOf)),
  );
}

/** Each on its own. */
export function unfolded<T>(items: readonly T[], idOf: (item: T) => string): readonly Folded<T>[] {
  return items.map((item) => ({ name: idOf(item), items: [item] }));
}

/** `train@seed=0, eval (×12)`. */
export function foldNames(ids: readonly string[]): readonly string[] {
  return foldMatrix(ids, String, () => '').map(({ name }) => name);
}

function folded<T>(group: readonly T[], idOf: (item: T) => string): readonly Folded<T>[] {
  const [first, ...others] = group;
  if (first === undefined) return [];
  const name = others.length === 0 ? idOf(first) : `${stageOf(idOf(first))} (×${group.length})`;
  return [{ name, items: [first, ...others] }];
}
