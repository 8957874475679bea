/** Task numbers, the highest rank first; equals in ascending order. */
export class Queue {
  readonly #ranks: readonly number[];
  #tasks: number[] = [];

  /** @param ranks by task number; what is missing has rank 0 */
  constructor(ranks: readonly number[]) {
    this.#ranks = ranks;
  }

  get all(): readonly number[] {
    return this.#tasks;
  }

  add(task: number): void {
    this.#tasks.splice(this.#place(task), 0, task);
  }

  remove(task: number): void {
    const place = this.#place(task);
    if (this.#tasks[place] === task) this.#tasks.splice(place, 1);
  }

  /** Where it stands, or would stand. */
  #place(task: number): number {
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#precedes(this.#tasks[middle] ?? 0, task)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #precedes(one: number, other: number): boolean {
    const [first, second] = [this.#ranks[one] ?? 0, this.#ranks[other] ?? 0];
    return first === second ? one < other : first > second;
  }
}
