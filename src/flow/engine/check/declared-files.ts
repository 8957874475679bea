import { readdirSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { DEFAULT_EXCLUDE, excludedBy } from '../../key/files/exclude.ts';
import { findFiles } from '../../key/files/glob.ts';
import type { Dag, Instance } from '../../pipeline/dag.ts';
import { nearest } from '../../pipeline/nearest.ts';
import { entryPlace, patternPlace } from './code-places.ts';
import { checkExportsRead } from './exports-read.ts';
import { checkSources } from './sources.ts';

/** Absolute. */
export interface Places {
  readonly root: string;
  readonly cache: string;
}

/**
 * Finds missing files of a pipeline (sources, the modules of stages, matches of `code:`), and files
 * that a stage of the pipeline makes. So a mistake in the last stage shows before the first stage has
 * run for an hour.
 */
export async function checkDeclaredFiles(dag: Dag, places: Places): Promise<readonly Diagnostic[]> {
  const exported = checkExportsRead(dag, places);
  // Such a file is also missing before the first run.
  if (exported.length > 0) return exported;
  return [...(await checkSources(dag, places.root, places.cache)), ...checkCode(dag, places)];
}

/** The instances of a stage share their code, so each name is checked once. */
function checkCode(dag: Dag, places: Places): readonly Diagnostic[] {
  const seen = new Set<string>();
  const anew = (name: string): boolean => seen.size < seen.add(name).size;
  const found: (Diagnostic | undefined)[] = [];
  for (const instance of dag.instances) {
    const { command } = instance;
    if ((command.kind === 'ts' || command.kind === 'py') && anew(`entry ${command.entry}`))
      found.push(checkEntry(command.kind, command.entry, entryPlace(dag, instance), places.root));
    for (const [i, pattern] of instance.code.entries())
      if (anew(`code ${pattern}`))
        found.push(checkPattern(pattern, instance, patternPlace(dag, instance, i), places));
  }
  return found.filter((diagnostic) => diagnostic !== undefined);
}

/** The stage that names a file, and where. */
type Named = Pick<Instance, 'stage' | 'location'>;

function checkEntry(
  kind: 'ts' | 'py',
  entry: string,
  { stage, location }: Named,
  root: string,
): Diagnostic | undefined {
  const stat = statOf(path.join(root, entry));
  if (stat?.isFile() === true) return undefined;
  const folder = path.dirname(entry);
  const names = stat === undefined ? namesIn(path.join(root, folder)) : [];
  const near = nearest(path.basename(entry), names);
  return {
    code: 'missing-code',
    message: `${kind} of stage '${stage}': ${entry} ${stat === undefined ? 'does not exist' : 'is not a file'}`,
    hint:
      near === undefined
        ? `write the path of a module relative to the project root: stages/${stage}.${kind}`
        : `did you mean '${path.join(folder, near)}'?`,
    location,
  };
}

function checkPattern(
  pattern: string,
  { codeExclude }: Instance,
  { stage, location }: Named,
  { root, cache }: Places,
): Diagnostic | undefined {
  const excluded = excludedBy(codeExclude ?? DEFAULT_EXCLUDE);
  const found = findFiles(root, pattern, new Set([cache]), 1, excluded);
  if (found.ok) return undefined;
  const { message, hint } = found.error;
  return { code: 'missing-code', message: `code of stage '${stage}': ${message}`, hint, location };
}

/** If a parent folder is a file, the path does not exist either. */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
