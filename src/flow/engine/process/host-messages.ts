import type { Readable } from 'node:stream';
import type { Job } from './executor.ts';

// What a driver and its host say to each other: one JSON object a line, over pipes. `id` is a job's.

export type Order =
  | { readonly type: 'start'; readonly job: Job }
  /** TERM, and KILL when the grace is over. */
  | { readonly type: 'end'; readonly graceMs: number }
  /** Answered when nothing is left that ended jobs have started and that can be found. */
  | { readonly type: 'scan' }
  /** No more comes: the host ends, with all that still runs. */
  | { readonly type: 'close' };

export type Report =
  | { readonly type: 'started'; readonly pid: number }
  | ({ readonly type: 'refused'; readonly syscall: string | undefined } & Refused)
  /** Nothing of its group runs, and its log is whole. */
  | ({ readonly type: 'ended' } & RawEnd)
  /** So many processes that it had left behind were ended. */
  | { readonly type: 'left'; readonly count: number }
  | { readonly type: 'scanned' }
  /** Not said by the host: it is gone, and all that it had started was ended. */
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
