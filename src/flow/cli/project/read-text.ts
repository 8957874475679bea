import { readFileSync, statSync } from 'node:fs';
import { errorCode } from '../../core/system-error.ts';
import type { Unreadable } from '../../pipeline/read/includes.ts';

/** The maximum bytes of a text file that flow reads. */
const MAX_BYTES = 64e6;

/**
 * The bytes of a pipeline, a params file or flow.yaml; undefined: there is no file. Looks before it opens:
 * a FIFO blocks whoever opens it, and a device may never end.
 */
export function readBytes(file: string): Buffer | Unreadable | undefined {
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) return undefined;
    if (stat.isFIFO()) return { why: 'is a FIFO' };
    if (stat.isSocket()) return { why: 'is a socket' };
    if (!stat.isFile()) return { why: 'is a device' };
    if (stat.size > MAX_BYTES) return { why: `has more than ${MAX_BYTES / 1e6} MB` };
    return readFileSync(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** The same, as text. */
export function readText(file: string): string | Unreadable | undefined {
  const bytes = readBytes(file);
  return Buffer.isBuffer(bytes) ? bytes.toString('utf8') : bytes;
}
