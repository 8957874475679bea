import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { Failure } from '../../core/events.ts';
import { namesIn } from '../../store/disk/files.ts';

/** Folders of copies are searched for so many entries. */
const MAX_ENTRIES = 1_000;

const HINT =
  'inputs are read-only, and so is a copy of one: copy with cp --no-preserve=mode, or make the copy writable (chmod -R u+w)';

/**
 * Programs that copy a file also copy its mode, so a stage that changes a copy of an input is refused by the
 * system, except as root. Adds the hint if the log tells of a refusal and such a copy exists.
 */
export function withReadOnlyHint(
  failure: Failure | undefined,
  scratch: string,
): Failure | undefined {
  if (failure === undefined || failure.hint !== undefined) return failure;
  const said = failure.tail?.join('\n') ?? '';
  if (!/permission denied/i.test(said)) return failure;
  return /\bin\//.test(said) || hasReadOnlyCopy(scratch) ? { ...failure, hint: HINT } : failure;
}

function hasReadOnlyCopy(scratch: string): boolean {
  const own = new Set(['in', 'code', 'node_modules']);
  const left = namesIn(scratch)
    .filter((name) => !own.has(name))
    .map((name) => path.join(scratch, name));
  for (let seen = 0; left.length > 0 && seen < MAX_ENTRIES; seen += 1) {
    const at = left.pop() ?? '';
    const stat = lstatSync(at, { throwIfNoEntry: false });
    if (stat === undefined || stat.isSymbolicLink()) continue;
    if ((stat.mode & 0o200) === 0) return true;
    if (stat.isDirectory()) left.push(...namesIn(at).map((name) => path.join(at, name)));
  }
  return false;
}
