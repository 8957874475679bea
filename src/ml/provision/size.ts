import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Bytes of all files below a folder. */
export function folderBytes(folder: string): number {
  let sum = 0;
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const stat = lstatSync(file);
    sum += stat.isDirectory() ? folderBytes(file) : stat.size;
  }
  return sum;
}

export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
