// The tasks of GLUE as the stages get them: the entries of data/tasks/glue.yaml.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogueEntry, parseTasks } from '../../src/ml/tasks/catalogue.ts';
import type { CatalogueEntry } from '../../src/ml/tasks/catalogue.ts';
import type { Task } from '../../src/ml/tasks/task.ts';

const FILE = 'data/tasks/glue.yaml';
const place = fileURLToPath(new URL(`../../${FILE}`, import.meta.url));
export const GLUE = parseTasks(readFileSync(place, 'utf8'), FILE, 'glue');

/** In the order of the file. */
export const TASKS: readonly string[] = [...GLUE.tasks.keys()];

export function entry(name: string): CatalogueEntry {
  return catalogueEntry(name, [GLUE]);
}

export function task(name: string): Task {
  return entry(name).task;
}
