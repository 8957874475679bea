// Files that a crash at any moment leaves either as they were or complete.
import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';

/** @param write makes the file that it is given the name of, which then takes the place of `file` */
export function replaceFile(file: string, write: (file: string) => void): void {
  write(`${file}.new`);
  syncFile(`${file}.new`);
  renameSync(`${file}.new`, file);
}

/** Before a rename: otherwise a power cut could leave the new name on an empty file. */
export function syncFile(file: string): void {
  const open = openSync(file, 'r');
  fsyncSync(open);
  closeSync(open);
}
