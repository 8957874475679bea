/**
 * Which tasks wait for which. Counts what is missing instead of looking at every need again: a task that
 * collects thousands of results is asked after each of them.
 */
export class Needs {
  readonly #readers: readonly number[][];
  /** By task: how many of its needs are not done. */
  readonly #missing: number[];

  /**
   * @param needs by task number: tasks that must be done before
   * @param done those that are from the start
   */
  constructor(needs: readonly (readonly number[])[], done: (task: number) => boolean) {
    const readers: number[][] = needs.map(() => []);
    this.#missing = needs.map((each, task) => {
      let missing = 0;
      for (const need of each.length > 1 ? new Set(each) : each) {
        readers[need]?.push(task);
        if (!done(need)) missing += 1;
      }
      return missing;
    });
    this.#readers = readers;
  }

  readersOf(task: number): readonly number[] {
    return this.#readers[task] ?? [];
  }

  /** All that it needs is done. */
  met(task: number): boolean {
    return this.#missing[task] === 0;
  }

  done(task: number): void {
    for (const reader of this.readersOf(task)) this.#add(reader, -1);
  }

  /** It was done, and has to be done again. */
  undone(task: number): void {
    for (const reader of this.readersOf(task)) this.#add(reader, 1);
  }

  #add(task: number, more: number): void {
    this.#missing[task] = (this.#missing[task] ?? 0) + more;
  }
}
