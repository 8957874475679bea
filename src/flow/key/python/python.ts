import type { Failure } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import type { ManifestPackage } from '../manifest.ts';

// The interface to Python's own analysis of a stage. python-process.ts implements it; tests count
// its calls. The program is python/closure.py.

export interface Python {
  /** The version of the program and its output: part of the name of every memo. */
  readonly version: string;
  /** Starts the interpreter. */
  closure(request: PythonRequest): Promise<Result<PythonClosure, Failure>>;
}

export interface PythonRequest {
  /** Absolute path of the interpreter, or of what chooses one. */
  readonly interpreter: string;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute. */
  readonly root: string;
  /** Project-relative. */
  readonly entry: string;
  /** Project-relative `.py` files of `code:`, whose imports count as well. */
  readonly code: readonly string[];
}

/** The output of closure.py. All paths except `path` are absolute. */
export interface PythonClosure {
  /** The interpreter that has found the closure; it runs the stage. */
  readonly executable: string;
  /** `cpython-3.11.7` */
  readonly version: string;
  /** PYTHONPATH of the stage, below code/. */
  readonly path: readonly string[];
  /** Modules of the project, and linked ones from elsewhere; sorted by path. */
  readonly modules: readonly PythonModule[];
  /** Installed distributions that they lead to, sorted by name. */
  readonly distributions: readonly ManifestPackage[];
  /** Name -> the digest of the files of those that count by their versions alone. */
  readonly byVersion: Readonly<Record<string, string>>;
  /** Files that say what was installed under their names and versions. */
  readonly distributionRecords: readonly string[];
  /** Imports without a module. */
  readonly missing: readonly (PythonPlace & { readonly name: string; readonly lazy: boolean })[];
  /** Relative imports beyond the top, as in a script. */
  readonly relative: readonly PythonPlace[];
  readonly escapes: readonly PythonEscape[];
  readonly broken: readonly {
    readonly file: string;
    readonly line: number;
    readonly message: string;
  }[];
  /** Where a new file or folder of one of these names could take an import over; `*`: of any name. */
  readonly lookedAt: readonly { readonly folder: string; readonly names: readonly string[] }[];
  /** Folders that hold what is installed. */
  readonly site: readonly string[];
  /** Files that say which interpreter this is and where it looks. */
  readonly interpreterFiles: readonly string[];
}

export interface PythonModule {
  readonly file: string;
  /** Below code/. */
  readonly path: string;
  readonly bytes: Digest;
  /** The digest of its syntax tree, which contains no comments and no white space. */
  readonly syntax: Digest;
}

export interface PythonPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/**
 * An expression that loads code and that flow cannot read: `importlib.import_module`, `sys.path`, …
 */
export interface PythonEscape extends PythonPlace {
  readonly what: string;
}
