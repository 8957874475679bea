import type { Readable } from 'node:stream';

// What a driver and its host say to each other: one JSON object a line, over pipes.

/** One process to be started, the leader of its own group. Paths are absolute. */
export interface Start {
  readonly id: number;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its standard error, and its standard output where `stdout` is absent; appended to. */
  readonly log: string;
  readonly stdout?: string;
  /** Values that the log must not hold. */
  readonly secrets: readonly string[];
}

export type Order =
  | ({ readonly type: 'start' } & Start)
  /** Nothing of it is left. */
  | { readonly type: 'forget'; readonly id: number }
  /** No more is to be started: the host ends, with the groups that still run. */
  | { readonly type: 'end' };

export type Report =
  | { readonly type: 'started'; readonly id: number; readonly pid: number }
  | {
      readonly type: 'ended';
      readonly id: number;
      readonly code: number | null;
      readonly signal: string | null;
    }
  /** `log`: it was not tried, because its log cannot be opened. */
  | {
      readonly type: 'refused';
      readonly id: number;
      readonly what: 'process' | 'log';
      readonly code: string | undefined;
      readonly message: string;
    }
  /** After `forget`, of a process with secrets: its log is whole. */
  | { readonly type: 'written'; readonly id: number };

export const line = (message: Order | Report): string => `${JSON.stringify(message)}\n`;

export function onMessage<T>(stream: Readable, receive: (message: T) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const each of lines) receive(JSON.parse(each) as T);
  });
}
