import type { Failure } from '../../core/events.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { Code } from './code.ts';
import { digestCodeFiles, digestListing } from './code-files.ts';
import type { CodeFile, CodeFilesOptions } from './code-files.ts';
import { CodeWords } from './code-words.ts';
import type { CommandCode } from './code-words.ts';
import { DEFAULT_EXCLUDE, excludedBy } from '../files/exclude.ts';
import { findFiles } from '../files/glob.ts';
import type { Excluded } from '../files/glob.ts';
import { remember } from '../files/memo.ts';

const noPaths = ok<readonly string[]>([]);
const nothing = ok<Found>({ paths: [], places: {}, packages: [] });

interface Found extends Pick<CommandCode, 'places' | 'packages'> {
  /** Project-relative, sorted. */
  readonly paths: readonly string[];
}

type Naming = Pick<Instance, 'command' | 'code' | 'codeExclude'>;
type Named = Pick<Code, 'files' | 'digest' | 'closure'>;

/**
 * The code that an instance names, in words of its command or in `code:`. The imports of its entry
 * are elsewhere.
 */
export class NamedCode {
  readonly #options: CodeFilesOptions;
  readonly #skip: ReadonlySet<string>;
  readonly #words: CodeWords;
  readonly #globs = new Map<string, Result<readonly string[], Failure>>();
  readonly #files = new Map<string, Promise<Result<readonly CodeFile[], Failure>>>();

  /** `skip`: absolute paths of folders that patterns do not search. */
  constructor(options: CodeFilesOptions, skip: ReadonlySet<string>) {
    this.#options = options;
    this.#skip = skip;
    this.#words = new CodeWords(options.root);
  }

  find({ command, code, codeExclude }: Naming): Result<Found, Failure> {
    const globs = this.#expand(code, codeExclude ?? DEFAULT_EXCLUDE);
    if (!globs.ok) return globs;
    const words = this.#words.find(command);
    // This is the usual case.
    if (globs.value.length + words.files.length + words.packages.length === 0) return nothing;
    const paths = [...new Set([...words.files, ...globs.value])].sort();
    return ok({ ...words, paths });
  }

  async describe(paths: readonly string[]): Promise<Result<Named, Failure>> {
    const files = await remember(this.#files, JSON.stringify(paths), () =>
      digestCodeFiles(this.#options, paths),
    );
    return files.ok ? ok(described(files.value)) : files;
  }

  #expand(
    patterns: readonly string[],
    exclude: readonly string[],
  ): Result<readonly string[], Failure> {
    if (patterns.length === 0) return noPaths;
    const name = JSON.stringify([patterns, exclude]);
    const known = this.#globs.get(name);
    if (known !== undefined) return known;
    const expanded = this.#expandAnew(patterns, excludedBy(exclude));
    this.#globs.set(name, expanded);
    return expanded;
  }

  #expandAnew(patterns: readonly string[], excluded: Excluded): Result<readonly string[], Failure> {
    const paths: string[] = [];
    for (const pattern of patterns) {
      const found = findFiles(this.#options.root, pattern, this.#skip, Infinity, excluded);
      if (!found.ok) {
        const { message, hint } = found.error;
        return err({ reason: 'code', message: `code: ${message}`, hint });
      }
      paths.push(...found.value);
    }
    return ok(paths);
  }
}

function described(files: readonly CodeFile[]): Named {
  return {
    files,
    ...(files.length === 0 ? {} : { digest: digestListing(files) }),
    closure: Object.fromEntries(files.map(({ path, digest }) => [path, digest])),
  };
}
