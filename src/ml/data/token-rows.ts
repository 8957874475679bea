import type { TokenRows } from './dataset.ts';

/** Gathers rows one at a time, in memory of about the size of what it gathers. */
export class TokenRowsBuilder {
  #ids = new Int32Array(1 << 12);
  #tokens = 0;
  readonly #offsets: number[] = [0];
  readonly #firstLength: number[] = [];
  readonly #labels: number[] = [];

  get rows(): number {
    return this.#labels.length;
  }

  add(ids: readonly number[], firstLength: number, label: number): void {
    while (this.#tokens + ids.length > this.#ids.length) {
      const grown = new Int32Array(this.#ids.length * 2);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    this.#ids.set(ids, this.#tokens);
    this.#tokens += ids.length;
    this.#offsets.push(this.#tokens);
    this.#firstLength.push(firstLength);
    this.#labels.push(label);
  }

  build(): TokenRows {
    return {
      rows: this.rows,
      ids: this.#ids.slice(0, this.#tokens),
      offsets: Uint32Array.from(this.#offsets),
      firstLength: Uint16Array.from(this.#firstLength),
      labels: Float32Array.from(this.#labels),
    };
  }
}
