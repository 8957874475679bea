// Finds a task in the files of tasks. schema/tasks.schema.json describes their form, which flow checks
// before it plans; what no schema can say is checked here.
import { parse } from 'yaml';
import { METRICS } from '../metrics/by-name.ts';
import type { MetricName } from '../metrics/by-name.ts';
import type { About, Format, Split, Task, TaskFile, TaskName, TaskOrigin } from './task.ts';

export interface TasksFile {
  /** The path as a user writes it. */
  readonly file: string;
  readonly origin: TaskOrigin;
  readonly tasks: ReadonlyMap<TaskName, WrittenTask>;
}

/** A task as a person writes it. */
export interface WrittenTask {
  readonly title?: string;
  readonly files: Readonly<Record<string, WrittenFile | readonly WrittenFile[]>>;
  readonly format: Format;
  readonly text: readonly string[];
  readonly label: string;
  readonly labels?: readonly (string | number | boolean)[];
  readonly range?: readonly [number, number];
  readonly id?: string;
  readonly metrics: readonly MetricName[];
  readonly score?: MetricName;
  /** File of a GLUE submission -> the split that it answers. */
  readonly submission?: Readonly<Record<string, string>>;
}

type WrittenFile =
  string | { readonly path: string; readonly header?: false; readonly columns?: readonly string[] };

/** @throws naming the file, if it is not YAML with tasks */
export function parseTasks(text: string, file: string, origin: TaskOrigin): TasksFile {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
  const tasks = (document as { readonly tasks?: Readonly<Record<string, WrittenTask>> } | null)
    ?.tasks;
  if (typeof tasks !== 'object') throw new Error(`${file}: the file has no mapping 'tasks'`);
  return { file, origin, tasks: new Map(Object.entries(tasks)) };
}

export interface CatalogueEntry {
  readonly task: Task;
  readonly about: About;
  /** File of a GLUE submission -> the split that it answers. */
  readonly submission: Readonly<Record<string, Split>>;
}

/** @throws naming the files, if none or two of them have the task, or if it contradicts itself */
export function catalogueEntry(name: TaskName, files: readonly TasksFile[]): CatalogueEntry {
  const found = files.filter(({ tasks }) => tasks.has(name));
  const [first, second] = found;
  if (first === undefined) {
    const known = files.map(({ file, tasks }) => `${[...tasks.keys()].join(', ')} (${file})`);
    throw new Error(`there is no task '${name}'; the tasks are ${known.join(' and ')}`);
  }
  if (second !== undefined) {
    throw new Error(
      `the task '${name}' is in ${first.file} and in ${second.file}: rename one of them`,
    );
  }
  const written = first.tasks.get(name) as WrittenTask;
  const wrong = (problem: string): Error => new Error(`${first.file}: task '${name}': ${problem}`);
  const { title = name, metrics, score = metrics[0] as MetricName, range } = written;
  const labels = written.labels?.map(String);
  for (const metric of metrics) {
    const problem = misfit(metric, labels?.length);
    if (problem !== undefined) throw wrong(`the metric ${metric} needs ${problem}`);
  }
  if (!metrics.includes(score)) {
    throw wrong(`the score '${score}' is not one of the metrics: ${metrics.join(', ')}`);
  }
  if (range !== undefined && range[0] >= range[1]) {
    throw wrong(`the range goes from ${range[0]} to ${range[1]}: write the smaller number first`);
  }
  const { origin } = first;
  return {
    task: {
      name,
      origin,
      files: Object.fromEntries(Object.entries(written.files).map(([s, f]) => [s, filesOf(f)])),
      format: written.format,
      text: written.text,
      label: written.label,
      ...(labels === undefined
        ? { range: range as readonly [number, number] }
        : { labels: distinct(labels, wrong) }),
      ...(written.id === undefined ? {} : { id: written.id }),
    },
    about: { name, title, origin, metrics, score },
    submission: written.submission ?? {},
  };
}

/** @returns what the metric needs, if a task with this number of classes lacks it; undefined: a regression */
function misfit(metric: MetricName, classes: number | undefined): string | undefined {
  const { of } = METRICS[metric];
  if (of === 'scores') return classes === undefined ? undefined : "a 'range' instead of 'labels'";
  if (classes === undefined) return "'labels' instead of a 'range'";
  return of === 'two classes' && classes !== 2 ? `two labels, not ${classes}` : undefined;
}

function distinct(labels: readonly string[], wrong: (problem: string) => Error): readonly string[] {
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice !== undefined) throw wrong(`the label ${twice} is listed twice`);
  return labels;
}

function filesOf(written: WrittenFile | readonly WrittenFile[]): readonly TaskFile[] {
  const list = Array.isArray(written) ? (written as readonly WrittenFile[]) : [written as WrittenFile]; // prettier-ignore
  return list.map((file) =>
    typeof file === 'string'
      ? { path: file }
      : { path: file.path, ...(file.columns && { columns: file.columns }) },
  );
}
