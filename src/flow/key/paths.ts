import { dirname, relative } from 'node:path';

// Relations between absolute paths of folders and files.

/**
 * The folder and its parent folders, up to and including `top`; none if the folder is not in `top`.
 */
export function foldersUp(folder: string, top: string): readonly string[] {
  const folders: string[] = [];
  for (let next = folder; isInside(top, next); next = dirname(next)) {
    folders.push(next);
    if (next === top) break;
  }
  return folders;
}

export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith('../') && !way.startsWith('/'));
}
