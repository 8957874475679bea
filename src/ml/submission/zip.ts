// The only importer of fflate.
import { zipSync } from 'fflate';

/** The same files in the same order give the same bytes. */
export function zip(files: ReadonlyMap<string, string>): Uint8Array {
  const encoder = new TextEncoder();
  const entries = [...files].map(([name, text]) => [name, encoder.encode(text)] as const);
  // Zip's first day; in local time, as the format is, so that the time zone does not show.
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: new Date(1980, 0, 1) });
}
