import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { cacheOfLog, LogPaths } from './log-paths.ts';

/** Lines of a log that a person sees with the failure. */
const MAX_LINES = 20;
/** Bytes read for them: lines may be long, a log of gigabytes is not read. */
const MAX_BYTES = 1 << 16;
/** Characters kept of each of them: a progress bar or binary output may have no line end at all. */
const MAX_COLUMNS = 1_000;

/** Its stage may have put a FIFO in its place, whose writer nobody should wait for. */
const READABLE = constants.O_RDONLY | constants.O_NONBLOCK;

/** The last lines of a log, the last of them whole. */
export function logTail(log: string): readonly string[] {
  let file: number;
  try {
    file = openSync(log, READABLE);
  } catch {
    return [];
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return [];
    const { size } = stat;
    const length = Math.min(size, MAX_BYTES);
    const bytes = Buffer.alloc(length);
    const read = readSync(file, bytes, 0, length, size - length);
    const lines = bytes.subarray(0, read).toString('utf8').split(/\r?\n/u);
    if (lines.at(-1) === '') lines.pop();
    const paths = new LogPaths(cacheOfLog(log));
    return lines
      .slice(-MAX_LINES)
      .map((line) => paths.text(line))
      .map((line) => (line.length > MAX_COLUMNS ? `${line.slice(0, MAX_COLUMNS)}…` : line));
  } finally {
    closeSync(file);
  }
}
