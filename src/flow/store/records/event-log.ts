import { closeSync, openSync, writeSync } from 'node:fs';
import type { RunEvent } from '../../core/events.ts';
import { failpoint } from '../disk/failpoints.ts';
import { messageOf } from '../../core/system-error.ts';

/** The maximum size of events that wait for the end of a turn of the event loop. */
const MAX_HELD = 1 << 16;

/**
 * `events.ndjson` of a run. What is told within one turn of the event loop is written at once at its end: a
 * run of thousands of hits is one turn, while every step of a stage has its own.
 */
export class EventLog {
  readonly #file: number;
  #held = '';
  #timer: NodeJS.Immediate | undefined;
  #lost: string | undefined;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  append(event: RunEvent): void {
    if (this.#lost !== undefined) return;
    this.#held += `${JSON.stringify(event)}\n`;
    if (this.#held.length > MAX_HELD) this.#write();
    else this.#timer ??= setImmediate(() => this.#write());
  }

  /** Why events are missing, if flow could not write some. That does not stop the run. */
  get lost(): string | undefined {
    return this.#lost;
  }

  close(): void {
    this.#write();
    closeSync(this.#file);
  }

  #write(): void {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    const text = this.#held;
    this.#held = '';
    if (text === '') return;
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
      failpoint('run.event-appended');
    } catch (error) {
      this.#lost = messageOf(error);
    }
  }
}
