import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { Diagnostic, Location } from '../../core/diagnostic.ts';
import { wordsOf } from '../../key/code-words.ts';
import { findFiles, namesPath } from '../../key/glob.ts';
import type { Dag, Export, Instance } from '../../pipeline/dag.ts';
import { entryPlace, patternPlace } from './code-places.ts';
import { parseReference } from '../../pipeline/instance-id.ts';

// A stage that reads an export from the project does not wait for it: it would read the result of an
// earlier run. An export to the path of a source would replace the file of a user.

interface Claimed {
  readonly export: Export;
  readonly stage: string;
  /** `a.o@seed=0` */
  readonly reference: string;
  readonly tree: boolean;
}

interface Met {
  readonly claimed: Claimed;
  readonly relation: 'is' | 'is in' | 'contains';
}

/** `cache`: absolute, as `root`. */
export function checkExportsRead(
  dag: Dag,
  { root, cache }: { readonly root: string; readonly cache: string },
): readonly Diagnostic[] {
  const exports = [...dag.exports, ...(dag.idle?.exports ?? [])];
  if (exports.length === 0) return [];
  const instances = [...dag.instances, ...(dag.idle?.instances ?? [])];
  const places = new ExportPlaces(root, instances, exports);
  const found = new Map<string, Diagnostic>();
  const add = (read: string, met: Met | undefined, reader: Instance, at: Location): void => {
    const name = [at.file, at.line, at.column, read].join('\0');
    if (met !== undefined && !found.has(name)) found.set(name, describe(read, met, reader, at));
  };
  const seen = new Set<string>();
  for (const instance of instances) {
    const { command, location, stage } = instance;
    const anew = (text: string): boolean => seen.size < seen.add(`${stage} ${text}`).size;
    for (const input of instance.inputs) {
      if (input.kind !== 'source' || !anew(`source ${input.path}`)) continue;
      add(asSource(input.path), places.meet(input.path), instance, input.location);
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
      const [read, met] = places.meetPattern(pattern, cache) ?? [pattern, undefined];
      add(read, met, instance, patternPlace(dag, instance, i).location);
    }
  }
  return [...found.values()];
}

/** The exports of a pipeline by the places where links lead. */
class ExportPlaces {
  readonly #root: string;
  readonly #all: readonly Claimed[];
  readonly #at = new Map<string, Claimed>();
  /** A folder above exports -> one of them. */
  readonly #below = new Map<string, Claimed>();
  readonly #folders = new Map<string, string>();
  /** Recognises most commands without such a word. */
  readonly #mayName: RegExp;

  constructor(root: string, instances: readonly Instance[], exports: readonly Export[]) {
    this.#root = root;
    const stages = new Map(instances.map((instance) => [instance.stage, instance]));
    this.#all = exports.map((each) => claim(each, stages));
    for (const claimed of this.#all) {
      const place = this.#real(claimed.export.path);
      this.#at.set(place, claimed);
      for (const folder of foldersAbove(place)) {
        if (!this.#below.has(folder)) this.#below.set(folder, claimed);
      }
    }
    const names = new Set(exports.map((each) => path.posix.basename(each.path)).concat(root));
    this.#mayName = new RegExp([...names].map(literally).join('|'));
  }

  /** The export that this path is, contains, or is inside of. */
  meet(text: string): Met | undefined {
    const place = this.#real(text);
    const same = this.#at.get(place);
    if (same !== undefined) return { claimed: same, relation: 'is' };
    const above = foldersAbove(place).find((folder) => this.#at.has(folder));
    if (above !== undefined) {
      return { claimed: this.#at.get(above) as Claimed, relation: 'is in' };
    }
    const below = this.#below.get(place);
    return below && { claimed: below, relation: 'contains' };
  }

  /**
   * The export of another stage that a word of a command names. A relative path to a folder is no code:
   * in a scratch folder it means a folder of the stage.
   */
  meetWord(word: string, stage: string): Met | undefined {
    const met = this.meet(word);
    if (met === undefined || met.claimed.stage === stage) return undefined;
    if (path.isAbsolute(word)) {
      const inProject = this.#real(word).startsWith(`${this.#real('.')}/`);
      return inProject ? met : undefined;
    }
    const plain = !word.includes('/') && met.claimed.tree;
    return met.relation === 'contains' || plain ? undefined : met;
  }

  meetPattern(pattern: string, cache: string): readonly [string, Met] | undefined {
    const named = this.#all.find((one) => namesPath(pattern, one.export.path, one.tree));
    if (named !== undefined) return [named.export.path, { claimed: named, relation: 'is' }];
    const files = findFiles(this.#root, pattern, new Set([cache]));
    for (const file of files.ok ? files.value : []) {
      const met = this.meet(file);
      if (met !== undefined) return [file, met];
    }
    return undefined;
  }

  wordsIn({ command }: Instance): readonly string[] {
    return this.#mayName.test(JSON.stringify(command)) ? wordsOf(command) : [];
  }

  #real(text: string): string {
    const absolute = path.resolve(this.#root, text);
    return path.join(this.#realFolder(path.dirname(absolute)), path.basename(absolute));
  }

  #realFolder(folder: string): string {
    let real = this.#folders.get(folder);
    if (real === undefined) {
      real = realOrUndefined(folder) ?? this.#real(folder);
      this.#folders.set(folder, real);
    }
    return real;
  }
}

function claim(each: Export, stages: ReadonlyMap<string, Instance>): Claimed {
  const { instance, output } = each.from;
  const stage = parseReference(instance)?.stage ?? instance;
  const tree = stages.get(stage)?.outputs.find(({ name }) => name === output)?.tree === true;
  const reference = `${stage}.${output}${instance.slice(stage.length)}`;
  return { export: each, stage, reference, tree };
}

function describe(read: string, met: Met, reader: Instance, location: Location): Diagnostic {
  const { claimed, relation } = met;
  const { path: place, location: exported } = claimed.export;
  const own = claimed.stage === reader.stage;
  const what = `the export of ${claimed.reference}`;
  const fact = relation === 'is' ? `${read} is ${what}` : `${read} ${relation} ${place}, ${what}`;
  return {
    code: 'reads-export',
    message: own
      ? `${fact}, and stage '${reader.stage}' reads it: write another path for the export`
      : `${fact}: write ${claimed.reference}`,
    hint: own
      ? 'flow would replace the file that the stage reads'
      : `with an input such as { x: ${claimed.reference} }, stage '${reader.stage}' waits for '${claimed.stage}'`,
    location,
    related: [{ message: 'the export is here', location: exported }],
  };
}

function foldersAbove(place: string): readonly string[] {
  const folders: string[] = [];
  for (let at = path.dirname(place); at !== path.dirname(at); at = path.dirname(at)) {
    folders.push(at);
  }
  return [...folders, '/'];
}

function realOrUndefined(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}

/** As in a pipeline file, where a relative source begins with ./ or ../ */
function asSource(source: string): string {
  return path.isAbsolute(source) || source.startsWith('.') ? source : `./${source}`;
}

/** An expression for a text inside JSON. */
const literally = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`);
