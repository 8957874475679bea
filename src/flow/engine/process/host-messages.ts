import type { Readable } from 'node:stream';
import type { Job } from './executor.ts';

// The messages between a driver and its host: one JSON object per line, over pipes. `id` is the id
// of a job.

export type Order =
  | { readonly type: 'start'; readonly job: Job }
  /** TERM, and KILL after the grace period. */
  | { readonly type: 'end'; readonly graceMs: number }
  /** Answered when nothing is left that ended jobs have started and that can be found. */
  | { readonly type: 'scan' }
  /** The last message: the host ends, and kills everything that still runs. */
  | { readonly type: 'close' };

export type Report =
  | { readonly type: 'started'; readonly pid: number }
  | ({ readonly type: 'refused'; readonly syscall: string | undefined } & Refused)
  /** All processes of its group have ended, and its log is complete. */
  | ({ readonly type: 'ended' } & RawEnd)
  /** The number of leftover processes that were killed. */
  | { readonly type: 'left'; readonly count: number }
  | { readonly type: 'scanned' }
  /** Not sent by the host: the host has ended, and everything that it had started was killed. */
  | { readonly type: 'lost' };

/** How a process ended, as Node tells it: a death by one of the signals 32 to 64 reads as exit code 0. */
export interface RawEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** An error of the system. */
export interface Refused {
  readonly code: string | undefined;
  readonly message: string;
}

export const line = (id: number, message: Order | Report): string =>
  `${JSON.stringify({ ...message, id })}\n`;

export function onLine<T>(
  stream: Readable,
  receive: (message: T & { readonly id: number }) => void,
): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const each of lines) receive(JSON.parse(each) as T & { readonly id: number });
  });
}
