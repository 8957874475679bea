import { realpathSync } from 'node:fs';
import path from 'node:path';
import { wordsOf } from '../../key/code/code-words.ts';
import { DEFAULT_EXCLUDE, excludedBy } from '../../key/files/exclude.ts';
import { findFiles, namesPath } from '../../key/files/glob.ts';
import type { Excluded } from '../../key/files/glob.ts';
import type { Dag, Export, Input, Instance } from '../../pipeline/dag.ts';
import { parseReference } from '../../pipeline/instance-id.ts';

export interface Claimed {
  readonly export: Export;
  readonly stage: string;
  /** `a.o@seed=0` */
  readonly reference: string;
  readonly tree: boolean;
}

export interface Met {
  readonly claimed: Claimed;
  readonly relation: 'is' | 'is in' | 'contains';
}

/** The exports of a pipeline by the places where links lead. */
export class ExportPlaces {
  readonly #root: string;
  readonly #all: readonly Claimed[];
  readonly #at = new Map<string, Claimed>();
  /** A folder above exports -> one of them. */
  readonly #below = new Map<string, Claimed>();
  readonly #folders = new Map<string, string>();
  /** Recognises most commands without such a word. */
  readonly #mayName: RegExp;

  constructor(root: string, dag: Dag) {
    const exports = [...dag.exports, ...(dag.idle?.exports ?? [])];
    const instances = [...dag.instances, ...(dag.idle?.instances ?? [])];
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

  get none(): boolean {
    return this.#all.length === 0;
  }

  /** Whether a program could import one. */
  get mayBeCode(): boolean {
    return this.#all.some(({ tree, export: { path: at } }) => tree || CODE.test(at));
  }

  /** An export that `exclude` leaves out of a folder is not read. */
  meetSource({ path: text, exclude }: Extract<Input, { kind: 'source' }>): Met | undefined {
    const met = this.meet(text);
    if (met?.relation !== 'contains') return met;
    const folder = `${this.#real(text)}/`;
    const excluded = excludedBy(exclude ?? DEFAULT_EXCLUDE);
    const read = this.#all.find((claimed) => {
      const place = this.#real(claimed.export.path);
      return place.startsWith(folder) && !isExcluded(place.slice(folder.length), claimed, excluded);
    });
    return read && { claimed: read, relation: 'contains' };
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

  meetPattern(
    pattern: string,
    { codeExclude }: Instance,
    cache: string,
  ): readonly [string, Met] | undefined {
    const excluded = excludedBy(codeExclude ?? DEFAULT_EXCLUDE);
    const named = this.#all.find(
      (one) =>
        namesPath(pattern, one.export.path, one.tree) &&
        !isExcluded(one.export.path, one, excluded),
    );
    if (named !== undefined) return [named.export.path, { claimed: named, relation: 'is' }];
    const files = findFiles(this.#root, pattern, new Set([cache]), Infinity, excluded);
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
    return (
      realOrUndefined(absolute) ??
      path.join(this.#realFolder(path.dirname(absolute)), path.basename(absolute))
    );
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

/** A pattern can also leave out a folder above. `place`: relative to the folder of the patterns. */
function isExcluded(place: string, { tree }: Claimed, excluded: Excluded): boolean {
  const parts = place.split('/');
  return parts.some((_, i) => {
    const last = i === parts.length - 1;
    return excluded(parts.slice(0, i + 1).join('/'), !last || tree);
  });
}

/** What TypeScript and Python stages can import. */
const CODE = /\.(?:[cm]?[jt]sx?|json|wasm|bin|txt|py|so)$/;

function claim(each: Export, stages: ReadonlyMap<string, Instance>): Claimed {
  const { instance, output } = each.from;
  const stage = parseReference(instance)?.stage ?? instance;
  const tree = stages.get(stage)?.outputs.find(({ name }) => name === output)?.tree === true;
  const reference = `${stage}.${output}${instance.slice(stage.length)}`;
  return { export: each, stage, reference, tree };
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

/** An expression for a text inside JSON. */
const literally = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`);
