import { closeSync, openSync, readSync } from 'node:fs';
import type { StageEvent } from '../core/events.ts';

/** Longer lines are no events. */
const longestLine = 1 << 20;
const pollMs = 250;

/**
 * Follows the file that a stage appends its events to. A file and not a pipe, so that nothing is lost
 * when nobody reads, and a cluster works the same. Of the progress events found at one look only the
 * last is passed on.
 */
export class StageEvents {
  readonly #path: string;
  readonly #receive: (event: StageEvent) => void;
  readonly #timer: NodeJS.Timeout;
  #file: number | undefined;
  #position = 0;
  #rest = '';
  #bad = 0;

  constructor(path: string, receive: (event: StageEvent) => void) {
    this.#path = path;
    this.#receive = receive;
    this.#timer = setInterval(() => this.#look(), pollMs);
  }

  /** Reads to the end; returns how many lines were no events. */
  close(): number {
    clearInterval(this.#timer);
    this.#look();
    if (this.#file !== undefined) closeSync(this.#file);
    if (this.#rest.trim() !== '') this.#bad += 1;
    return this.#bad;
  }

  #look(): void {
    this.#file ??= openIfThere(this.#path);
    if (this.#file === undefined) return;
    const chunk = Buffer.allocUnsafe(1 << 16);
    const decoder = new TextDecoder('utf-8');
    let progress: StageEvent | undefined;
    for (;;) {
      const read = readSync(this.#file, chunk, 0, chunk.length, this.#position);
      if (read === 0) break;
      // Whole lines only, so that a character cut by the end of the chunk waits for its rest.
      const end = chunk.subarray(0, read).lastIndexOf(10) + 1;
      if (end === 0 && read < chunk.length) break;
      const used = end === 0 ? read : end;
      this.#position += used;
      this.#rest += decoder.decode(chunk.subarray(0, used));
      if (end === 0) {
        if (this.#rest.length > longestLine) this.#rest = ' '.repeat(longestLine);
        continue;
      }
      const lines = this.#rest.split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = parseStageEvent(line);
        if (event === undefined) this.#bad += line.trim() === '' ? 0 : 1;
        else if (event.type === 'progress') progress = event;
        else this.#receive(event);
      }
    }
    if (progress !== undefined) this.#receive(progress);
  }
}

export function parseStageEvent(line: string): StageEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (value === null || typeof value !== 'object') return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  switch (fields['type']) {
    case 'progress': {
      const { done, total, unit } = fields;
      if (typeof done !== 'number' || typeof total !== 'number') return undefined;
      return { type: 'progress', done, total, unit: typeof unit === 'string' ? unit : '' };
    }
    case 'metric': {
      const { name, value: number, step } = fields;
      if (typeof name !== 'string' || typeof number !== 'number') return undefined;
      return { type: 'metric', name, value: number, step: typeof step === 'number' ? step : 0 };
    }
    case 'note': {
      const { text } = fields;
      return typeof text === 'string' ? { type: 'note', text } : undefined;
    }
    default:
      return undefined;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
