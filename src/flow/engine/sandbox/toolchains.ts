import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

// What every stage may read without declaring it. The platform is in a key by its name (OS, architecture,
// libc, Node's major) and by probes, not by its files.

/** Folders of the system. /run, /var/run, /tmp and the homes are not among them: they change. */
export const SYSTEM: readonly string[] = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/opt',
  '/nix/store',
  '/gnu/store',
  '/var/lib',
  '/var/cache',
  '/sys',
  '/proc',
  '/dev',
];

/** What belongs to a toolchain that was installed under a prefix, beside the folder of its programs. */
const PARTS = [
  'lib',
  'lib64',
  'libexec',
  'include',
  'share',
  'versions',
  'version',
  'pyvenv.cfg',
] as const;
const PROGRAMS: ReadonlySet<string> = new Set(['bin', 'sbin', 'shims', 'condabin']);

/**
 * Toolchains outside of the system's folders: the folders on PATH and those of the interpreters of stages,
 * and what lies beside them where they are a prefix's programs (`~/miniconda3/bin`, `.venv/bin`). Files and folders, absolute, also by their
 * real names.
 *
 * @param not never wholly a prefix, nor what lies above: the project root and the home
 */
export function toolchains(
  searchPath: string | undefined,
  interpreters: readonly string[],
  not: readonly string[],
): readonly string[] {
  const folders = [...(searchPath ?? '').split(path.delimiter), ...interpreters.map(path.dirname)];
  const found = new Set<string>();
  for (const folder of folders) {
    if (!path.isAbsolute(folder) || within(folder, SYSTEM) || !existsSync(folder)) continue;
    if (not.some((kept) => isIn(kept, folder))) continue;
    const prefix = path.dirname(folder);
    const parts = PROGRAMS.has(path.basename(folder)) ? PARTS : [];
    // A prefix that is the project or a home holds more than a toolchain: its lib/ may be anything.
    const shared = not.some((kept) => isIn(kept, prefix));
    const own = shared ? [] : parts.map((part) => path.join(prefix, part));
    for (const each of [folder, ...own]) {
      if (!existsSync(each)) continue;
      found.add(each);
      found.add(realpathSync(each));
    }
  }
  return [...found];
}

/** Is it this folder or inside of it? */
export function isIn(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder === '/' ? '/' : `${folder}/`);
}

export function within(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isIn(file, folder));
}
