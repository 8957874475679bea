import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import type { InstanceId } from '../core/ids.ts';
import type { RunStore } from '../store/records/runs.ts';
import { cacheOfLog, LogPaths } from '../store/log-paths.ts';
import { resultOf, type View } from './view.ts';

/** The log of the last attempt in this run; for a hit, in the run that computed it. */
export async function findLog(view: View, instance: InstanceId): Promise<string | undefined> {
  const { runs } = view.context;
  const own = view.record && lastAttempt(runs, view.record.run_id, instance);
  if (own !== undefined) return own;
  const result = await resultOf(view, instance);
  if (result === undefined) return undefined;
  // Under the name of the computed instance, because equal keys share a result.
  return lastAttempt(runs, result.execution.run, result.provenance.instance as InstanceId);
}

function lastAttempt(runs: RunStore, run: string, id: InstanceId): string | undefined {
  let found: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const path = runs.logPath(run, id, attempt);
    if (!existsSync(path)) return found;
    found = path;
  }
}

export interface LogPart {
  readonly text: string;
  /** The byte to ask from next. */
  readonly next: number;
}

/** Maximum bytes of a log in one answer. */
const MAX_PART_BYTES = 256 * 1024;

/** The content of a log from a byte on; if it is too long for an answer, the end. */
export function readLog(file: string, from: number): LogPart {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const begin = Math.max(from, size - MAX_PART_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - begin));
    const count = wholeCharacters(bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, begin)));
    const text = bytes.subarray(0, count).toString('utf8');
    return { text: new LogPaths(cacheOfLog(file)).text(text), next: begin + count };
  } finally {
    closeSync(fd);
  }
}

/** Bytes before an incomplete character of UTF-8. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
