import { formatMegabytes } from '../disk.ts';

/** Where the progress is shown. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** On a terminal one line that is rewritten; elsewhere a new line from time to time. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #clock: () => number;
  #next = 0;
  #open = false;

  constructor(terminal: Terminal, clock: () => number = Date.now) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  /** The beginning of a step. */
  say(text: string): void {
    this.close();
    this.#terminal.write(`${text}\n`);
  }

  /** @returns what to call with the bytes that have come */
  of(what: string, bytes: number): (done: number) => void {
    const begun = this.#clock();
    let first: number | undefined;
    this.#next = 0;
    return (done) => {
      first ??= done;
      const now = this.#clock();
      const whole = done >= bytes;
      if (now < this.#next && !whole) return;
      this.#next = now + (this.#terminal.isTTY === true ? 200 : 10_000);
      const rate = (done - first) / Math.max(1, now - begun);
      const left = rate > 0 && !whole ? `, ${Math.ceil((bytes - done) / rate / 1000)} s left` : '';
      const text = `  ${what}: ${formatMegabytes(done)} of ${formatMegabytes(bytes)}${left}`;
      if (this.#terminal.isTTY === true) this.#terminal.write(`\r\u001b[K${text}`);
      else this.#terminal.write(`${text}\n`);
      this.#open = this.#terminal.isTTY === true;
      if (whole) this.close();
    };
  }

  /** Ends the line that is rewritten, before other output. */
  close(): void {
    if (this.#open) this.#terminal.write('\n');
    this.#open = false;
  }
}
