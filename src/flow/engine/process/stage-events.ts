import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { StageEvent } from '../../core/events.ts';

/** The maximum length of a line with an event. */
const longestLine = 1 << 20;
const chunkBytes = 1 << 16;
const pollMs = 250;
/** Bytes per read, so that a flood of events does not block the driver. */
const lookBytes = 1 << 20;
const nothing = Buffer.alloc(0);
/** Never waits for the writer of a FIFO, and never follows a link to an endless file. */
const readable = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

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
  #rest: Buffer = nothing;
  #bad = 0;
  /** The path of the event file has another kind of file. */
  #isOther = false;

  constructor(path: string, receive: (event: StageEvent) => void) {
    this.#path = path;
    this.#receive = receive;
    this.#timer = setInterval(() => this.#look(), pollMs);
  }

  /** Reads to the end; returns a message about what it ignored. */
  async close(): Promise<string | undefined> {
    clearInterval(this.#timer);
    while (this.#look()) await turn();
    if (this.#file !== undefined) closeSync(this.#file);
    if (this.#rest.length > 0) this.#bad += 1;
    if (this.#isOther) return 'flow ignores its event file, which is not a plain file';
    return this.#bad > 0
      ? `flow ignores ${this.#bad} line(s) of its event file that are not events`
      : undefined;
  }

  /** True: there may be more. */
  #look(): boolean {
    this.#file ??= this.#openIfThere();
    if (this.#file === undefined) return false;
    const until = this.#position + lookBytes;
    let progress: StageEvent | undefined;
    for (const line of this.#newLines(this.#file, until)) {
      const event = parseStageEvent(line);
      if (event === undefined) this.#bad += line.trim() === '' ? 0 : 1;
      else if (event.type === 'progress') progress = event;
      else this.#receive(event);
    }
    if (progress !== undefined) this.#receive(progress);
    return this.#position >= until;
  }

  #openIfThere(): number | undefined {
    try {
      // Most stages write no events, and an error costs more than a check.
      const found = lstatSync(this.#path, { throwIfNoEntry: false });
      this.#isOther = found?.isFile() === false;
      if (found === undefined || this.#isOther) return undefined;
      const file = openSync(this.#path, readable);
      // The stage may have put another thing there meanwhile.
      if (fstatSync(file).isFile()) return file;
      closeSync(file);
    } catch {
      // It was removed again, or may not be read.
    }
    return undefined;
  }

  /** Only complete lines: bytes without a newline wait for the next read. */
  *#newLines(file: number, until: number): Generator<string> {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    while (this.#position < until) {
      const read = readSync(file, chunk, 0, chunk.length, this.#position);
      if (read === 0) return;
      this.#position += read;
      let from = 0;
      for (;;) {
        const end = chunk.subarray(0, read).indexOf(10, from);
        if (end === -1) break;
        yield Buffer.concat([this.#rest, chunk.subarray(from, end)]).toString('utf8');
        this.#rest = nothing;
        from = end + 1;
      }
      // What is too long to be an event keeps its first part only, which is no event either.
      if (this.#rest.length < longestLine) {
        this.#rest = Buffer.concat([this.#rest, chunk.subarray(from, read)]);
      }
    }
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
      return { type: 'progress', done, total, unit: typeof unit === 'string' ? oneLine(unit) : '' };
    }
    case 'metric': {
      const { name, value: number, step } = fields;
      if (typeof name !== 'string' || typeof number !== 'number') return undefined;
      return {
        type: 'metric',
        name: oneLine(name),
        value: number,
        step: typeof step === 'number' ? step : 0,
      };
    }
    case 'note': {
      const { text } = fields;
      return typeof text === 'string' ? { type: 'note', text: oneLine(text) } : undefined;
    }
    default:
      return undefined;
  }
}

/**
 * Texts of a stage are shown on terminals, so make one line of them and remove control sequences.
 */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  return text.replaceAll(/[\t\r\n]+/g, ' ').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
