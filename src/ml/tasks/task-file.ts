// The files of the stage `catalogue`, one task each: data.json, measures.json and about.json.
import { readFileSync, writeFileSync } from 'node:fs';
import type { About, Measures, Task } from './task.ts';

const FORMAT = 1;

/** Writes what {@link readTask} and the other readers read. */
export function writeEntry(file: string, entry: Task | About | Measures): void {
  writeFileSync(file, `${JSON.stringify({ version: FORMAT, ...entry }, null, 2)}\n`);
}

/** @throws naming the file when the stage `catalogue` did not write it */
export const readTask = (file: string): Task => read(file);
export const readMeasures = (file: string): Measures => read(file);
export const readAbout = (file: string): About => read(file);

function read<T>(file: string): T {
  const { version, ...entry } = JSON.parse(readFileSync(file, 'utf8')) as { version: number } & T;
  if (version !== FORMAT) throw new Error(`${file}: version ${String(version)} is not known`);
  return entry as T;
}
