import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, relative } from 'node:path';
import type { Command, Part, Word } from '../../pipeline/dag.ts';
import { WORD_ENDS } from './command-text.ts';
import { unreachable } from '../../core/result.ts';

// Words of a command that name files of the project. They are code without being listed.

export interface CommandCode {
  /** Project-relative, sorted. */
  readonly files: readonly string[];
  /** Of them, those that the command names by an absolute path: the path as written -> the file. */
  readonly places: Readonly<Record<string, string>>;
  /** Installed packages whose files the command names (`node_modules/.bin/tsx`). */
  readonly packages: readonly string[];
}

const nothing: CommandCode = { files: [], places: {}, packages: [] };

/** With more names than this, one expression is not worthwhile. */
const MAX_NAMES = 200;

/** Remembers which words are files, because a matrix repeats its words in every instance. */
export class CodeWords {
  readonly #root: string;
  readonly #known = new Map<string, string | undefined>();
  /** Recognises most commands without a file name, without looking at their words. */
  readonly #mayName: RegExp;

  /** `root` with its links resolved. */
  constructor(root: string) {
    this.#root = root;
    this.#mayName = anyNameIn(root);
  }

  find(command: Command): CommandCode {
    if (!this.#mayName.test(textOf(command))) return nothing;
    const files = new Set<string>();
    const places: Record<string, string> = {};
    const packages = new Set<string>();
    for (const word of wordsOf(command)) {
      const path = this.#file(word);
      if (path === undefined) continue;
      if (isAbsolute(word)) places[word] = path;
      const name = this.#packageOf(path);
      if (name === undefined) files.add(path);
      else packages.add(name);
    }
    return { files: [...files].sort(), places, packages: [...packages].sort() };
  }

  #file(word: string): string | undefined {
    if (!this.#known.has(word)) this.#known.set(word, this.#look(word));
    return this.#known.get(word);
  }

  #look(word: string): string | undefined {
    if (word === '' || word.length > 1024 || word.includes('\0')) return undefined;
    try {
      const path = isAbsolute(word)
        ? relative(this.#root, join(realpathSync(dirname(word)), basename(word)))
        : normalize(word);
      if (path.startsWith('..')) return undefined;
      return statSync(join(this.#root, path)).isFile() ? path : undefined;
    } catch {
      return undefined;
    }
  }

  #packageOf(path: string): string | undefined {
    if (!path.startsWith('node_modules/')) return undefined;
    const real = relative(this.#root, realpathSync(join(this.#root, path)));
    return /^node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\//.exec(real)?.[1];
  }
}

/**
 * Matches every text that a word of could be a path below the folder: such a path begins with a name in it.
 * Wider where a file system may take other letters for the same name.
 */
function anyNameIn(folder: string): RegExp {
  const names = readdirSync(folder);
  // oxlint-disable-next-line no-control-regex -- ASCII alone, whatever it is
  const plain = names.every((name) => /^[\x00-\x7f]*$/.test(name));
  if (!plain || names.length > MAX_NAMES) return /^/;
  if (names.length === 0) return /$^/;
  return new RegExp(names.map((name) => name.replaceAll(/[^\w]/g, escaped)).join('|'), 'iu');
}

const escaped = (char: string): string => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** All texts of a command that contain words. */
function textOf(command: Command): string {
  switch (command.kind) {
    case 'cmd':
      return command.argv.filter(isLiteral).map(literalText).join('\0');
    case 'sh':
      return scriptText(command.script);
    case 'ts':
    case 'py':
      return '';
    default:
      return unreachable(command);
  }
}

/** The words that can name a file, also those after the `=` of an option. */
export function wordsOf(command: Command): readonly string[] {
  switch (command.kind) {
    case 'cmd':
      return command.argv.filter(isLiteral).flatMap((word) => {
        const text = literalText(word);
        const option = /^-[^=]*=(.+)$/s.exec(text)?.[1];
        return option === undefined ? [text] : [text, option];
      });
    case 'sh':
      return scriptWords(command.script);
    case 'ts':
    case 'py':
      return [];
    default:
      return unreachable(command);
  }
}

function isLiteral(word: Word): boolean {
  return typeof word === 'string' || word.every((part) => typeof part === 'string');
}

/** Undefined if it contains a reference. */
export function literalWord(word: Word): string | undefined {
  return isLiteral(word) ? literalText(word) : undefined;
}

export function scriptWords(script: readonly Part[]): readonly string[] {
  return scriptText(script).split(WORD_ENDS);
}

function literalText(word: Word): string {
  return typeof word === 'string' ? word : word.join('');
}

/**
 * A reference cannot be part of the name of a file: `x${inputs.a}` does not name the project file
 * `x`.
 */
function scriptText(script: readonly Part[]): string {
  return script.map((part) => (typeof part === 'string' ? part : '${}')).join('');
}
