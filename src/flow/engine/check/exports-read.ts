import path from 'node:path';
import type { Diagnostic, Location } from '../../core/diagnostic.ts';
import type { Dag, Instance } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';
import { entryPlace, patternPlace } from './code-places.ts';
import { ExportPlaces } from './export-places.ts';
import type { Met } from './export-places.ts';

// A stage that reads an export from the project does not wait for it: it would read the result of an
// earlier run. An export to the path of a source would replace the file of a user.

/** `cache`: absolute, as `root`. */
export function checkExportsRead(
  dag: Dag,
  { root, cache }: { readonly root: string; readonly cache: string },
): readonly Diagnostic[] {
  const places = new ExportPlaces(root, dag);
  if (places.none) return [];
  const found = new Map<string, Diagnostic>();
  const add = (read: string, met: Met | undefined, reader: Instance, at: Location): void => {
    const name = [at.file, at.line, at.column, read].join('\0');
    if (met !== undefined && !found.has(name)) found.set(name, describe(read, met, reader, at));
  };
  const seen = new Set<string>();
  for (const instance of [...dag.instances, ...(dag.idle?.instances ?? [])]) {
    const { command, location, stage } = instance;
    const anew = (text: string): boolean => seen.size < seen.add(`${stage} ${text}`).size;
    for (const input of instance.inputs) {
      if (input.kind !== 'source' || !anew(`source ${input.path}`)) continue;
      add(asSource(input.path), places.meetSource(input), instance, input.location);
    }
    if (command.kind === 'ts' || command.kind === 'py') {
      const at = entryPlace(dag, instance).location;
      add(command.entry, places.meet(command.entry), instance, at);
    }
    for (const word of places.wordsIn(instance).filter(anew)) {
      add(word, places.meetWord(word, stage), instance, location);
    }
    for (const [i, pattern] of instance.code.entries()) {
      if (!anew(`code ${pattern}`)) continue;
      const [read, met] = places.meetPattern(pattern, instance, cache) ?? [pattern, undefined];
      add(read, met, instance, patternPlace(dag, instance, i).location);
    }
  }
  return [...found.values()];
}

/**
 * The same of files that code imports. In a project that is not trusted, flow does not look for those of
 * Python.
 */
export async function checkExportsImported(
  ctx: Pick<EngineContext, 'dag' | 'root' | 'code'>,
): Promise<readonly Diagnostic[]> {
  const { dag, root } = ctx;
  const places = new ExportPlaces(root, dag);
  if (!places.mayBeCode) return [];
  const found = new Map<string, Diagnostic>();
  const seen = new Set<object>();
  for (const instance of dag.instances) {
    const { command, stage } = instance;
    if ((command.kind !== 'ts' && command.kind !== 'py') || found.has(stage)) continue;
    const code = await ctx.code.code(instance);
    // The instances of a stage share their code.
    if (!code.ok || seen.has(code.value)) continue;
    seen.add(code.value);
    for (const file of Object.keys(code.value.closure)) {
      const met = places.meet(file);
      if (met === undefined || met.relation === 'contains' || found.has(stage)) continue;
      found.set(stage, describe(file, met, instance, entryPlace(dag, instance).location));
    }
  }
  return [...found.values()];
}

function describe(read: string, met: Met, reader: Instance, location: Location): Diagnostic {
  const { claimed, relation } = met;
  const { path: place, location: exported } = claimed.export;
  const own = claimed.stage === reader.stage;
  const what = `the export of ${claimed.reference}`;
  const leave = relation === 'contains' ? ', or leave it out with exclude' : '';
  const fact = relation === 'is' ? `${read} is ${what}` : `${read} ${relation} ${place}, ${what}`;
  return {
    code: 'reads-export',
    message: own
      ? `${fact}, and stage '${reader.stage}' reads it: write another path for the export`
      : `${fact}: write ${claimed.reference}`,
    hint: own
      ? 'flow would replace the file that the stage reads'
      : `with an input such as { x: ${claimed.reference} }, stage '${reader.stage}' waits for '${claimed.stage}'${leave}`,
    location,
    related: [{ message: 'the export is here', location: exported }],
  };
}

/** As in a pipeline file, where a relative source begins with ./ or ../ */
function asSource(source: string): string {
  return path.isAbsolute(source) || source.startsWith('.') ? source : `./${source}`;
}
