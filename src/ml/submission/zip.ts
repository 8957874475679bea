// The only importer of fflate.
import { zipSync } from 'fflate';

/** Zip's first day. In local time, as the format is, so that the time zone does not show. */
const MTIME = new Date(1980, 0, 1);

/** The same files in the same order give the same bytes. */
export function zip(files: ReadonlyMap<string, string>): Uint8Array {
  const encoder = new TextEncoder();
  const entries = [...files].map(([name, text]) => [name, encoder.encode(text)] as const);
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: MTIME });
}
