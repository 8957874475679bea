// The eight tasks and where GLUE keeps them. Their order decides ids and ties.
import type { TaskName } from './dataset.ts';

export interface TaskInfo {
  readonly name: TaskName;
  /** GLUE's folder. */
  readonly folder: string;
  /** 1 for regression. */
  readonly classes: number;
  /** What GLUE's files call the classes, in the order of their ids; none for regression. */
  readonly labels: readonly string[];
  /** The columns of a row's one or two texts. */
  readonly texts: readonly [string] | readonly [string, string];
  /** The column of its label. */
  readonly label: string;
}

const ENTAILMENT = ['entailment', 'not_entailment'] as const;
const BINARY = ['0', '1'] as const;
const SENTENCES = ['sentence1', 'sentence2'] as const;

const INFO: readonly TaskInfo[] = [
  {
    name: 'mnli',
    folder: 'MNLI',
    classes: 3,
    labels: ['entailment', 'neutral', 'contradiction'],
    texts: SENTENCES,
    label: 'gold_label',
  },
  { name: 'rte', folder: 'RTE', classes: 2, labels: ENTAILMENT, texts: SENTENCES, label: 'label' },
  {
    name: 'qqp',
    folder: 'QQP',
    classes: 2,
    labels: BINARY,
    texts: ['question1', 'question2'],
    label: 'is_duplicate',
  },
  {
    name: 'qnli',
    folder: 'QNLI',
    classes: 2,
    labels: ENTAILMENT,
    texts: ['question', 'sentence'],
    label: 'label',
  },
  {
    name: 'mrpc',
    folder: 'MRPC',
    classes: 2,
    labels: BINARY,
    texts: ['#1 String', '#2 String'],
    label: 'Quality',
  },
  {
    name: 'sst2',
    folder: 'SST-2',
    classes: 2,
    labels: BINARY,
    texts: ['sentence'],
    label: 'label',
  },
  { name: 'cola', folder: 'CoLA', classes: 2, labels: BINARY, texts: ['sentence'], label: 'label' },
  { name: 'stsb', folder: 'STS-B', classes: 1, labels: [], texts: SENTENCES, label: 'score' },
];

/** The order in which FastMTL lists them. */
export const TASKS: readonly TaskName[] = INFO.map(({ name }) => name);

export function task(name: TaskName): TaskInfo {
  return INFO[taskOrder(name)] as TaskInfo;
}

/** Place in TASKS; the discriminator's class, and the first key of ties. */
export function taskOrder(name: TaskName): number {
  return TASKS.indexOf(name);
}

/**
 * @param where it stands, for the message: `file:line: `
 * @throws naming the tasks there are
 */
export function taskName(text: string, where = ''): TaskName {
  const found = TASKS.find((name) => name === text);
  if (found === undefined) {
    throw new Error(`${where}there is no task '${text}'; the tasks are ${TASKS.join(', ')}`);
  }
  return found;
}
