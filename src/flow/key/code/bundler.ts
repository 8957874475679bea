import type { Failure } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';

// The interface to the tool that follows imports. esbuild-bundler.ts implements it; tests count its
// calls.

export interface Bundler {
  /**
   * Cheap to read. It is part of the name of every memo, because another version can write other
   * bytes.
   */
  readonly version: string;
  bundle(request: BundleRequest): Promise<Result<Bundled, Failure>>;
}

/** All paths absolute. */
export interface BundleRequest {
  readonly root: string;
  readonly entry: string;
  /** The only tsconfig.json that applies. */
  readonly tsconfig?: string;
}

export interface Bundled {
  /** Ends with the line that names the source map, which is not in the bundle. */
  readonly code: Uint8Array;
  readonly map: Uint8Array;
  /** Absolute path -> the bytes that are in the bundle. */
  readonly sources: ReadonlyMap<string, Source>;
  /** Each import as written, with the absolute path of the file that holds it. */
  readonly specifiers: readonly Specifier[];
  /** Folders from which an import by pattern (`./tasks/${name}.ts`) takes files. */
  readonly patternFolders: readonly string[];
  /** Installed packages that the bundle imports when it runs. */
  readonly packages: readonly PackageImport[];
  readonly escapes: readonly Escape[];
}

export interface Source {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

export interface Specifier {
  readonly text: string;
  readonly importer: string;
}

export interface PackageImport {
  /** `@scope/name` or `name`. */
  readonly name: string;
  /** A static import fails at once if the package is missing; a lazy one can be caught. */
  readonly lazy: boolean;
  /** Project-relative, with the line where it is known. */
  readonly place: string;
}

/** An expression that loads code or files when the stage runs, and that no bundler can follow. */
export interface Escape {
  readonly what: 'import' | 'url' | 'worker' | 'require';
  /** The path as written; missing if it is computed. */
  readonly target?: string;
  /** The absolute path of the file that contains it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}
