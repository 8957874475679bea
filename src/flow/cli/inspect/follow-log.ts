import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { InstanceId } from '../../core/ids.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { formatDuration } from '../../report/format.ts';
import type { RunStore } from '../../store/records/runs.ts';
import type { Io } from '../args/command.ts';

const LOOK_EVERY_MS = 200;

export type Followed =
  | { readonly kind: 'ended' }
  /** It is a hit: this run writes no log of it. */
  | { readonly kind: 'hit' }
  /** The run ended, or its process died, before the instance did. */
  | { readonly kind: 'over' };

/**
 * Prints what an instance of a live run writes, attempt by attempt, until it ends. Waits for one that
 * has not begun. What is no output of the stage goes to stderr.
 */
export async function followLog(
  runs: RunStore,
  { run_id: run }: RunRecord,
  id: InstanceId,
  io: Io,
): Promise<Followed> {
  const say = (text: string): void => void io.stderr.write(`${id}: ${text}\n`);
  let from = 0;
  let attempt = 0;
  let log: Tail | undefined;
  const copy = async (): Promise<void> => {
    for (let bytes = log?.read(); bytes && bytes.length > 0; bytes = log?.read())
      await io.out(bytes);
  };
  for (let waited = false; ;) {
    // Asked before reading: what a run wrote before it ended is still read below.
    const record = await runs.read(run);
    const live = record !== undefined && runs.isLive(record);
    const { events, next } = await runs.eventsFrom(run, from);
    from = next;
    for (const event of events) {
      if (!('id' in event) || event.id !== id) continue;
      if (event.type === 'started' && event.attempt > attempt) {
        await copy();
        log?.close();
        attempt = event.attempt;
        if (attempt > 1) say(`attempt ${attempt}`);
        log = new Tail(runs.logPath(run, id, attempt));
      }
      if (event.type === 'finished') {
        await copy();
        if (event.outcome === 'hit') return { kind: 'hit' };
        const why = event.failure ? `: ${event.failure.message}` : '';
        say(`${event.outcome}${why} after ${formatDuration(event.wallMs)}`);
        return { kind: 'ended' };
      }
    }
    await copy();
    if (!live) return { kind: 'over' };
    if (attempt === 0 && !waited) say('has not started; waiting');
    waited = true;
    await pause(LOOK_EVERY_MS);
  }
}

const CHUNK = 1 << 16;

/** A file that grows, and may not be there yet. */
class Tail {
  readonly #path: string;
  #file: number | undefined;
  #position = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What came since, up to a chunk; empty: nothing more for now. */
  read(): Uint8Array {
    this.#file ??= openIfThere(this.#path);
    if (this.#file === undefined) return new Uint8Array();
    const bytes = Buffer.alloc(CHUNK);
    const count = readSync(this.#file, bytes, 0, CHUNK, this.#position);
    this.#position += count;
    return bytes.subarray(0, count);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
