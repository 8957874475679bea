import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { shellQuote } from '../../core/names.ts';
import type { Instance } from '../../pipeline/dag.ts';

/** Linux takes no longer word of a command: 128 KiB with the byte that ends it. */
const MAX_WORD_BYTES = 128 * 1024 - 1;

/** The argv of an instance. A script that is too long for it is read from a file. */
export function withinLimits(
  argv: readonly string[],
  { command, probe }: Instance,
  scratch: string,
): readonly string[] {
  const script = argv.at(-1);
  if (command.kind !== 'sh' || script === undefined) return argv;
  if (Buffer.byteLength(script) <= MAX_WORD_BYTES) return argv;
  const file = path.join('tmp', 'script.sh');
  writeFileSync(path.join(scratch, file), script);
  // A probe does not run in its scratch folder. Bash reads the whole file before it runs a line.
  const named = probe ? path.join(scratch, file) : file;
  return [...argv.slice(0, -1), `source ${shellQuote(named)}`];
}
