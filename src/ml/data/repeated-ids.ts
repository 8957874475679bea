// Ids that several rows of a split have: predictions and scores cannot be matched to such rows by id.
import type { Split, TaskName } from '../tasks/task.ts';
import type { RawRow } from './rows/read-rows.ts';

export class RepeatedIds {
  readonly #splits = new Map<
    Split,
    { readonly ids: Set<string>; again: number; example: string }
  >();

  add(split: Split, rows: readonly RawRow[]): void {
    const seen = this.#splits.get(split) ?? { ids: new Set(), again: 0, example: '' };
    this.#splits.set(split, seen);
    for (const { id } of rows) {
      if (seen.ids.has(id)) {
        seen.again += 1;
        seen.example ||= id;
      } else seen.ids.add(id);
    }
  }

  /** One for each split with such rows. */
  notes(task: TaskName): readonly string[] {
    return [...this.#splits].flatMap(([split, { again, example }]) =>
      again === 0
        ? []
        : [
            `${task}: ${again} ${again === 1 ? 'row' : 'rows'} of ${split} repeat the id of an earlier row, as '${example}'; name another column as 'id', or none`,
          ],
    );
  }
}
