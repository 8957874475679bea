// The columns of GLUE's files, filled with mini's rows.
import type { MiniRow } from './row.ts';

export interface Table {
  /** undefined: no header line, as in CoLA's train and dev. */
  readonly header: readonly string[] | undefined;
  readonly cells: (row: MiniRow, index: number) => readonly (string | number)[];
}

/** How a group's labelled files look, and its test files. */
export interface Tables {
  readonly labelled: Table;
  readonly test: Table;
}

const words = (text: string): readonly string[] => text.split(' ');
const first = ({ texts }: MiniRow): string => texts[0];
const second = ({ texts }: MiniRow): string => texts[1] ?? '';

function sentencePair(names: string): Tables {
  return {
    labelled: {
      header: words(`index ${names} label`),
      cells: (row, i) => [i, ...row.texts, row.label],
    },
    test: { header: words(`index ${names}`), cells: (row, i) => [i, ...row.texts] },
  };
}

const singleTest: Table = { header: words('index sentence'), cells: (row, i) => [i, first(row)] };

const mnliCells = (row: MiniRow, i: number): readonly (string | number)[] => {
  const texts = [first(row), second(row)];
  return [i, i, i, 'mini', ...texts, ...texts, ...texts];
};
const MNLI_COLUMNS = words(
  'index promptID pairID genre sentence1_binary_parse sentence2_binary_parse sentence1_parse sentence2_parse sentence1 sentence2',
);

const stsbCells = (row: MiniRow, i: number): readonly (string | number)[] => [
  i,
  ...words('mini mini none'),
  i,
  ...words('none none'),
  ...row.texts,
];
const STSB_COLUMNS = words(
  'index genre filename year old_index source1 source2 sentence1 sentence2',
);

// With underscores, unlike GLUE's: the world's checksums were taken so. A reader takes both.
const MRPC_COLUMNS = words('#1_ID #2_ID #1_String #2_String');

export const RTE: Tables = sentencePair('sentence1 sentence2');
export const WNLI: Tables = sentencePair('sentence1 sentence2');
export const QNLI: Tables = sentencePair('question sentence');
export const DIAGNOSTIC: Tables = sentencePair('sentence1 sentence2');

export const MRPC: Tables = {
  labelled: {
    header: ['Quality', ...MRPC_COLUMNS],
    cells: (row, i) => [row.label, 2 * i, 2 * i + 1, ...row.texts],
  },
  test: {
    header: ['index', ...MRPC_COLUMNS],
    cells: (row, i) => [i, 2 * i, 2 * i + 1, ...row.texts],
  },
};

export const STSB: Tables = {
  labelled: {
    header: [...STSB_COLUMNS, 'score'],
    cells: (row, i) => [...stsbCells(row, i), row.label],
  },
  test: { header: STSB_COLUMNS, cells: stsbCells },
};

export const MNLI: Tables = {
  labelled: {
    header: [...MNLI_COLUMNS, 'label1', 'gold_label'],
    cells: (row, i) => [...mnliCells(row, i), row.label, row.label],
  },
  test: { header: MNLI_COLUMNS, cells: mnliCells },
};

export const QQP: Tables = {
  labelled: {
    header: words('id qid1 qid2 question1 question2 is_duplicate'),
    cells: (row, i) => [i, 2 * i + 1, 2 * i + 2, ...row.texts, row.label],
  },
  test: { header: words('id question1 question2'), cells: (row, i) => [i, ...row.texts] },
};

export const SST2: Tables = {
  labelled: { header: words('sentence label'), cells: (row) => [first(row), row.label] },
  test: singleTest,
};

export const COLA: Tables = {
  labelled: {
    header: undefined,
    cells: (row) => ['mini', row.label, row.label === '0' ? '*' : '', first(row)],
  },
  test: singleTest,
};

export function formatTable({ header, cells }: Table, rows: readonly MiniRow[]): string {
  const lines = rows.map((row, i) => cells(row, i).join('\t'));
  return [...(header === undefined ? [] : [header.join('\t')]), ...lines, ''].join('\n');
}
