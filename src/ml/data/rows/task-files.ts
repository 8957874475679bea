// The files of a task's splits.
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Format, Split, Task, TaskFile } from '../../tasks/task.ts';

/** A file to read rows from. */
export interface RowFile {
  readonly place: string;
  /** For messages. Tasks often have files of the same name, so it has the folder too. */
  readonly name: string;
  readonly format: Format;
  /** The columns of a file without a header line. */
  readonly columns?: readonly string[];
}

/**
 * Where a stage finds a file of a task: below the folder of GLUE, or an input of the stage.
 *
 * @param i the file's place among the files of the split
 * @returns undefined if the data has no such file
 */
export type FindFile = (file: TaskFile, split: Split, i: number) => string | undefined;

/** @param folder of GLUE's files */
export function filesBelow(folder: string): FindFile {
  return (file) => {
    const place = path.join(folder, file.path);
    return statSync(place, { throwIfNoEntry: false })?.isFile() === true ? place : undefined;
  };
}

/** @returns the files; undefined where the task has no such split or one of its files is absent */
export function taskFiles(
  task: Task,
  split: Split,
  find: FindFile,
): readonly RowFile[] | undefined {
  const files = task.files[split]?.map((file, i) => {
    const place = find(file, split, i);
    if (place === undefined) return undefined;
    if (statSync(place).isDirectory()) {
      throw new Error(
        `${place}: this is a folder; list its files for '${split}' of '${task.name}'`,
      );
    }
    return {
      place,
      name: place,
      format: task.format,
      ...(file.columns && { columns: file.columns }),
    };
  });
  return files?.every((file) => file !== undefined) === true ? files : undefined;
}

/** Without training rows a task cannot be used. */
export function trainingFiles(task: Task, find: FindFile): readonly RowFile[] {
  const files = taskFiles(task, 'train', find);
  if (files === undefined) {
    throw new Error(
      `${task.files['train']?.map(({ path: name }) => name).join(', ') ?? ''}: no such file; data/README.md says how to obtain GLUE, and 'tasks' names the tasks that are used`,
    );
  }
  return files;
}
