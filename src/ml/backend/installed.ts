// The libraries of backends on this machine, which `flow backend add` installed.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export const INSTALLED_NAMES = ['tensorflow-gpu', 'tensorflow', 'webgpu'] as const;

export type InstalledName = (typeof INSTALLED_NAMES)[number];

/** The manifest of a backend's folder. It is written last, so that a folder without one is incomplete. */
export interface Installed {
  readonly format: 1;
  readonly name: InstalledName;
  /** The installed packages and their versions. */
  readonly versions: Readonly<Record<string, string>>;
  /** The file to load, relative to the folder. */
  readonly entry: string;
}

export const MANIFEST = 'backend.json';

/** The user's cache folder by the XDG base directory specification, below our name. */
export function backendsFolder(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['XDG_CACHE_HOME'];
  // The specification says that relative paths are ignored.
  const cache =
    given !== undefined && path.isAbsolute(given) ? given : path.join(homedir(), '.cache');
  return path.join(cache, 'fastmtl-flow', 'backends');
}

/** Undefined if it is not installed, or if another version of this program installed it. */
export function findInstalled(
  name: InstalledName,
  folder = backendsFolder(),
): { readonly folder: string; readonly about: Installed } | undefined {
  const own = path.join(folder, name);
  let text: string;
  try {
    text = readFileSync(path.join(own, MANIFEST), 'utf8');
  } catch {
    return undefined;
  }
  const about = JSON.parse(text) as Installed;
  return about.format === 1 && about.name === name ? { folder: own, about } : undefined;
}
