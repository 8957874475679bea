// Turns texts into ids, in this thread or in several. Rows keep their order, so that the number of
// threads only changes the time.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { encodeRows } from './encoded-rows.ts';
import type { EncodedRows, RowTexts } from './encoded-rows.ts';
import { openTokenizer } from './tokenizer-folder.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface RowEncoder {
  /** The number of calls of `encode` that can run at the same time. */
  readonly width: number;
  encode(rows: readonly RowTexts[]): Promise<EncodedRows>;
  close(): Promise<void>;
}

export function encoderHere(tokenizer: Tokenizer, maxLength: number): RowEncoder {
  return {
    width: 1,
    encode: async (rows) => encodeRows(tokenizer, rows, maxLength),
    close: async () => undefined,
  };
}

interface Start {
  readonly tokenizer: string;
  readonly maxLength: number;
}

/**
 * Threads that run the bundle of this stage, whose entry must call `serveEncoder` first. The code of the
 * threads is thus part of the bundle, and of the stage's key.
 *
 * @param tokenizer its folder
 */
export function encoderOfThreads(tokenizer: string, maxLength: number, width: number): RowEncoder {
  const start: Start = { tokenizer, maxLength };
  const threads = Array.from({ length: width }, () => new Thread(start));
  let turn = 0;
  return {
    width,
    encode: (rows) => (threads[turn++ % width] as Thread).encode(rows),
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

class Thread {
  readonly #worker: Worker;
  /** The requests without an answer; answers have the same order. */
  readonly #waiting: PromiseWithResolvers[] = [];
  #failure: Error | undefined;

  constructor(start: Start) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: start });
    this.#worker.on('message', (rows: EncodedRows) => this.#waiting.shift()?.resolve(rows));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`a tokenising thread ended with ${code}`))); // prettier-ignore
  }

  encode(rows: readonly RowTexts[]): Promise<EncodedRows> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#worker.postMessage(rows);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

interface PromiseWithResolvers {
  resolve(rows: EncodedRows): void;
  reject(error: Error): void;
}

/** In a thread of `encoderOfThreads`, answers its requests. @returns whether this is such a thread */
export function serveEncoder(): boolean {
  if (isMainThread || parentPort === null) return false;
  const port = parentPort;
  const { tokenizer, maxLength } = workerData as Start;
  const opened = openTokenizer(tokenizer);
  port.on('message', (rows: readonly RowTexts[]) => {
    const encoded = encodeRows(opened, rows, maxLength);
    const { ids, lengths, firstLengths } = encoded;
    port.postMessage(encoded, [ids.buffer, lengths.buffer, firstLengths.buffer] as ArrayBuffer[]);
  });
  return true;
}
