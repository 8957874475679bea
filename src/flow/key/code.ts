import type { Digest } from '../core/ids.ts';
import type { CodeBundle } from './code-bundle.ts';
import type { CodeFile } from './code-files.ts';
import type { ManifestPackage } from './manifest.ts';
import type { PythonCode } from './python-code.ts';

/** All code that determines what an instance's command does. */
export interface Code {
  readonly bundle?: CodeBundle;
  readonly python?: PythonCode;
  /** What lies under code/ at its project path: words of the command that name files, and `code:`. */
  readonly files: readonly CodeFile[];
  /** Absolute path of a file, as the command writes it -> its place in the project. */
  readonly places?: Readonly<Record<string, string>>;
  /** Of the files' listing; absent where there are none. */
  readonly digest?: Digest;
  /** Installed packages that the code leads to, sorted by name. */
  readonly packages?: readonly ManifestPackage[];
  /** Project-relative path -> digest of each file that the bundle or the listing holds: for provenance. */
  readonly closure: Readonly<Record<string, Digest>>;
}
