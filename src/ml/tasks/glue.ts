// GLUE's tasks. Their order gives the discriminator's class ids, and breaks ties between rows.
import type { SubmissionFile, Task } from './task.ts';

const ENTAILMENT = ['entailment', 'not_entailment'] as const;
const BINARY = ['0', '1'] as const;
const SENTENCES = ['sentence1', 'sentence2'] as const;

const files = (folder: string) => ({
  train: { path: `${folder}/train.tsv` },
  dev: { path: `${folder}/dev.tsv` },
  test: { path: `${folder}/test.tsv` },
});

/** One file, which answers the task's test file. */
const submission = (folder: string): readonly SubmissionFile[] => [
  { name: `${folder}.tsv`, test: `${folder}/test.tsv`, predicted: true },
];

/** `mark` is the judgement of the sentence's author. */
const COLA_COLUMNS = ['source', 'label', 'mark', 'sentence'] as const;

export const GLUE = [
  {
    name: 'mnli',
    title: 'MNLI',
    files: {
      train: { path: 'MNLI/train.tsv' },
      dev: { path: 'MNLI/dev_matched.tsv' },
      test: { path: 'MNLI/test_matched.tsv' },
      dev_mismatched: { path: 'MNLI/dev_mismatched.tsv' },
      test_mismatched: { path: 'MNLI/test_mismatched.tsv' },
    },
    text: SENTENCES,
    label: 'gold_label',
    labels: ['entailment', 'neutral', 'contradiction'],
    metrics: ['accuracy'],
    score: 'accuracy',
    submission: [
      { name: 'MNLI-m.tsv', test: 'MNLI/test_matched.tsv', predicted: false },
      { name: 'MNLI-mm.tsv', test: 'MNLI/test_mismatched.tsv', predicted: false },
      { name: 'AX.tsv', test: 'diagnostic/diagnostic.tsv', predicted: false },
    ],
  },
  {
    name: 'rte',
    title: 'RTE',
    files: files('RTE'),
    text: SENTENCES,
    label: 'label',
    labels: ENTAILMENT,
    metrics: ['accuracy'],
    score: 'accuracy',
    submission: submission('RTE'),
  },
  {
    name: 'qqp',
    title: 'QQP',
    files: files('QQP'),
    text: ['question1', 'question2'],
    label: 'is_duplicate',
    labels: BINARY,
    metrics: ['accuracy', 'f1'],
    score: 'accuracy',
    submission: submission('QQP'),
  },
  {
    name: 'qnli',
    title: 'QNLI',
    files: files('QNLI'),
    text: ['question', 'sentence'],
    label: 'label',
    labels: ENTAILMENT,
    metrics: ['accuracy'],
    score: 'accuracy',
    submission: submission('QNLI'),
  },
  {
    name: 'mrpc',
    title: 'MRPC',
    files: files('MRPC'),
    text: ['#1 String', '#2 String'],
    label: 'Quality',
    labels: BINARY,
    metrics: ['accuracy', 'f1'],
    score: 'accuracy',
    submission: submission('MRPC'),
  },
  {
    name: 'sst2',
    title: 'SST-2',
    files: files('SST-2'),
    text: ['sentence'],
    label: 'label',
    labels: BINARY,
    metrics: ['accuracy'],
    score: 'accuracy',
    submission: submission('SST-2'),
  },
  {
    name: 'cola',
    title: 'CoLA',
    files: {
      train: { path: 'CoLA/train.tsv', columns: COLA_COLUMNS },
      dev: { path: 'CoLA/dev.tsv', columns: COLA_COLUMNS },
      test: { path: 'CoLA/test.tsv' },
    },
    text: ['sentence'],
    label: 'label',
    labels: BINARY,
    metrics: ['matthews'],
    score: 'matthews',
    submission: submission('CoLA'),
  },
  {
    name: 'stsb',
    title: 'STS-B',
    files: files('STS-B'),
    text: SENTENCES,
    label: 'score',
    range: [0, 5],
    metrics: ['pearson', 'spearman'],
    score: 'pearson',
    submission: submission('STS-B'),
  },
] as const satisfies readonly Task[];

/** WNLI is no task here, but a submission has its file. */
export const WNLI = { name: 'WNLI.tsv', test: 'WNLI/test.tsv', predicted: false } as const;

/** The order of a submission's files. */
export const SUBMISSION_ORDER: readonly string[] = [
  'CoLA.tsv',
  'SST-2.tsv',
  'MRPC.tsv',
  'STS-B.tsv',
  'QQP.tsv',
  'MNLI-m.tsv',
  'MNLI-mm.tsv',
  'QNLI.tsv',
  'RTE.tsv',
  'WNLI.tsv',
  'AX.tsv',
];
