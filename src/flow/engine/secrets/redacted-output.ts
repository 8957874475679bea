import { closeSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Redactor } from './redactor.ts';

/** For what still holds a pipe after all that could be found has ended. */
const LINGER_MS = 2000;

/**
 * The log of a stage that has secrets: its output comes through pipes, so that no secret is ever on the
 * disk. The pipes are read as fast as they are filled, so that nothing grows.
 */
export class RedactedOutput {
  readonly #log: number;
  readonly #ended: Promise<unknown>;
  readonly #streams: readonly Readable[];

  /** `log`: an open file, which is closed with this. */
  constructor(log: number, streams: readonly (Readable | null)[], secrets: readonly string[]) {
    this.#log = log;
    this.#streams = streams.filter((stream) => stream !== null);
    this.#ended = Promise.all(this.#streams.map((stream) => this.#copy(stream, secrets)));
  }

  /** After the end of all that wrote: what is still in the pipes belongs to the log. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const lingered = new Promise((resolve) => {
      timer = setTimeout(resolve, LINGER_MS);
    });
    await Promise.race([this.#ended, lingered]);
    clearTimeout(timer);
    for (const stream of this.#streams) stream.destroy();
    await this.#ended;
    closeSync(this.#log);
  }

  #copy(stream: Readable, secrets: readonly string[]): Promise<void> {
    const redactor = new Redactor(secrets);
    return new Promise((resolve) => {
      stream.on('data', (chunk: Buffer) => this.#write(redactor.push(chunk)));
      stream.on('error', () => undefined);
      stream.once('close', () => {
        this.#write(redactor.end());
        resolve();
      });
    });
  }

  #write(bytes: Buffer): void {
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#log, bytes, at);
    } catch {
      // The disk is full: the stage fails at its next write, as one without secrets does.
      for (const stream of this.#streams) stream.destroy();
    }
  }
}
