// The only importer of fflate.
import { zipSync } from 'fflate';

/** The same files in the same order give the same bytes. */
export function zip(files: ReadonlyMap<string, string>): Uint8Array {
  const encoder = new TextEncoder();
  const entries = [...files].map(([name, text]) => [name, encoder.encode(text)] as const);
  // The earliest date of the format, in local time as the format has it, so that the time zone has no effect.
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: new Date(1980, 0, 1) });
}
