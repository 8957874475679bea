import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Instance, Output } from '../../pipeline/dag.ts';
import { ownNames } from './place-code.ts';

/** Bounds of the search: it only helps a user. */
const MAX_DEPTH = 5;
const MAX_ENTRIES = 2_000;

interface Entry {
  /** Relative to the scratch folder; a folder ends with a slash. */
  readonly path: string;
}

/** The hint for a missing output that the stage seems to have written to another place. */
export function wroteElsewhere(
  instance: Instance,
  missing: readonly Output[],
  scratch: string,
): string | undefined {
  const written = writtenBeside(instance, scratch);
  for (const output of missing) {
    const wrote = likeliest(output, written);
    if (wrote === undefined) continue;
    const place = `out/${output.path}`;
    const { kind } = instance.command;
    const instead =
      kind === 'sh' || kind === 'cmd'
        ? `write to \${outputs.${output.name}} (${place}) instead`
        : `write to ${place} instead, the path of output ${output.name} in stage.json`;
    return `the stage wrote ${wrote.path}: ${instead}`;
  }
  return undefined;
}

/** A file or folder of the same name, else the only one of the same kind. */
function likeliest({ path: wanted, tree }: Output, written: readonly Entry[]): Entry | undefined {
  const name = path.basename(wanted);
  const fitting = written.filter((entry) => entry.path.endsWith('/') === tree);
  const same = fitting.find((entry) => path.basename(entry.path) === name);
  const alike = fitting.filter((entry) => path.extname(entry.path) === path.extname(wanted));
  const [only, ...others] = alike.length > 0 ? alike : fitting;
  return same ?? (others.length === 0 ? only : undefined);
}

/** What neither flow put there nor an output declares. */
function writtenBeside({ outputs }: Instance, scratch: string): readonly Entry[] {
  const found: Entry[] = [];
  const declared = new Set(outputs.map((output) => `out/${output.path}`));
  const holds = (folder: string): boolean =>
    outputs.some((output) => `out/${output.path}`.startsWith(`${folder}/`));
  const walk = (folder: string, depth: number): void => {
    for (const entry of entriesOf(path.join(scratch, folder))) {
      const at = path.posix.join(folder, entry.name);
      const isFlows = folder === '' && ownNames.has(entry.name) && entry.name !== 'out';
      const isHidden = entry.name.startsWith('.') || entry.name === '__pycache__';
      if (isFlows || isHidden || declared.has(at) || found.length >= MAX_ENTRIES) continue;
      if (entry.isFile()) found.push({ path: at });
      if (!entry.isDirectory()) continue;
      // The parents of outputs are flow's.
      if (at !== 'out' && !holds(at)) found.push({ path: `${at}/` });
      if (depth < MAX_DEPTH) walk(at, depth + 1);
    }
  };
  walk('', 1);
  return found;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // The stage has forbidden it, or removed it.
    return [];
  }
}
