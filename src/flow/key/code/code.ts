import type { Digest } from '../../core/ids.ts';
import type { CodeBundle } from './code-bundle.ts';
import type { CodeFile } from './code-files.ts';
import type { ManifestPackage } from '../manifest.ts';
import type { PythonCode } from '../python/python-code.ts';

/** All code of an instance's command. */
export interface Code {
  readonly bundle?: CodeBundle;
  readonly python?: PythonCode;
  /**
   * Files that are copied to code/ under their project paths: files that words of the command or
   * `code:` name.
   */
  readonly files: readonly CodeFile[];
  /** Absolute path of a file, as the command writes it -> its place in the project. */
  readonly places?: Readonly<Record<string, string>>;
  /** The digest of the listing of the files; missing if there are none. */
  readonly digest?: Digest;
  /** Installed packages that the code leads to, sorted by name. */
  readonly packages?: readonly ManifestPackage[];
  /**
   * Name -> the digest of the files of installed packages that count by their versions alone. In no key, but
   * beside each result, so that flow notices other files under the same version.
   */
  readonly byVersion?: Readonly<Record<string, string>>;
  /** Project-relative path -> digest of each file that the bundle or the listing holds: for provenance. */
  readonly closure: Readonly<Record<string, Digest>>;
}
