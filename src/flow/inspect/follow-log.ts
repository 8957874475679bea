import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunEvent } from '../core/events.ts';
import type { InstanceId } from '../core/ids.ts';
import { cacheOfLog, LogPaths } from '../store/log-paths.ts';
import type { RunStore } from '../store/records/runs.ts';

const POLL_MS = 200;

export type LogNews =
  /** The instance has not started. At most once, and first. */
  | { readonly kind: 'waiting' }
  /** A further attempt starts. */
  | { readonly kind: 'attempt'; readonly attempt: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The last event. For a hit, this run writes no log. */
  | { readonly kind: 'finished'; readonly event: RunEvent & { readonly type: 'finished' } }
  /** The last event: the run ended, or its process died, before the instance ended. */
  | { readonly kind: 'over' };

/** The log of an instance of a live run, attempt by attempt, until it ends. */
export async function* followLog(
  runs: RunStore,
  run: string,
  id: InstanceId,
): AsyncGenerator<LogNews> {
  let from = 0;
  let attempt = 0;
  let log: Tail | undefined;
  try {
    for (let waited = false; ;) {
      // Asked before reading, so that everything that a run wrote before its end is read.
      const record = await runs.read(run);
      const live = record !== undefined && runs.isLive(record);
      const { events, next } = await runs.eventsFrom(run, from);
      from = next;
      for (const event of events) {
        if (!('id' in event) || event.id !== id) continue;
        if (event.type === 'started' && event.attempt > attempt) {
          yield* news(log);
          log?.close();
          attempt = event.attempt;
          if (attempt > 1) yield { kind: 'attempt', attempt };
          log = new Tail(runs.logPath(run, id, attempt));
        }
        if (event.type === 'finished') {
          yield* news(log);
          yield { kind: 'finished', event };
          return;
        }
      }
      yield* news(log);
      if (!live) {
        yield { kind: 'over' };
        return;
      }
      if (attempt === 0 && !waited) yield { kind: 'waiting' };
      waited = true;
      await pause(POLL_MS);
    }
  } finally {
    log?.close();
  }
}

function* news(log: Tail | undefined): Generator<LogNews> {
  for (let bytes = log?.read(); bytes && bytes.length > 0; bytes = log?.read()) {
    yield { kind: 'bytes', bytes };
  }
}

const CHUNK_BYTES = 1 << 16;

/** A growing log, which may not exist yet. */
class Tail {
  readonly #path: string;
  readonly #paths: LogPaths;
  #file: number | undefined;
  #position = 0;

  constructor(path: string) {
    this.#path = path;
    this.#paths = new LogPaths(cacheOfLog(path));
  }

  /** New content, about one chunk; empty: nothing new yet. */
  read(): Uint8Array {
    this.#file ??= openIfThere(this.#path);
    if (this.#file === undefined) return new Uint8Array();
    const bytes = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const count = readSync(this.#file, bytes, 0, CHUNK_BYTES, this.#position);
      this.#position += count;
      const news = count === 0 ? this.#paths.end() : this.#paths.push(bytes.subarray(0, count));
      if (news.length > 0 || count === 0) return news;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
