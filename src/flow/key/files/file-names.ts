import { readdirSync } from 'node:fs';

const REPLACEMENT = '\uFFFD';

/**
 * Whether exactly one entry of the folder has this name, and its bytes are UTF-8. Node shows all bytes that are
 * not UTF-8 as U+FFFD, so several files of Linux can seem to have one name.
 */
export function isOneName(folder: string, name: string): boolean {
  if (!name.includes(REPLACEMENT)) return true;
  const same = readdirSync(folder, { encoding: 'buffer' }).filter(
    (bytes) => bytes.toString('utf8') === name,
  );
  return same.length === 1 && same[0]?.equals(Buffer.from(name, 'utf8')) === true;
}
