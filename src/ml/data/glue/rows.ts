// The rows of a GLUE file: texts, and a label as a number.
import type { TaskName } from '../dataset.ts';
import type { TaskInfo } from '../tasks.ts';
import { task } from '../tasks.ts';
import { readTable } from './table.ts';
import type { TableRow } from './table.ts';

export interface GlueRow {
  readonly texts: readonly [string] | readonly [string, string];
  /** Class id, or score; NaN in a test file. */
  readonly label: number;
}

/** `fail`: a row that cannot be used ends the reading. Otherwise: called with each, and passed over. */
export type OnBadRow = 'fail' | ((problem: string) => void);

/** CoLA's train and dev have no header: source, label, the author's own mark, sentence. */
const COLA_COLUMNS = ['source', 'label', 'mark', 'sentence'] as const;

/** STS-B's scale. */
const SCORES = { least: 0, most: 5 } as const;

/** `Number` takes '' and '0x3', too. */
const DECIMAL = /^ *[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)? *$/i;

/** @throws naming file and line */
export function* readGlueRows(
  file: string,
  name: TaskName,
  labelled: boolean,
  onBadRow: OnBadRow,
): Generator<GlueRow> {
  const info = task(name);
  const columns = labelled ? [...info.texts, info.label] : info.texts;
  const headerless = labelled && name === 'cola' ? COLA_COLUMNS : undefined;
  for (const found of readTable(file, columns, headerless)) {
    const row = glueRow(found, info, labelled);
    if (typeof row !== 'string') {
      yield row;
      continue;
    }
    const problem = `${file}:${found.line}: ${row}`;
    if (onBadRow === 'fail') throw new Error(`${problem} (bad_rows=skip passes over such rows)`);
    onBadRow(problem);
  }
}

/** @returns the row, or what is wrong with it */
function glueRow(found: TableRow, info: TaskInfo, labelled: boolean): GlueRow | string {
  if ('problem' in found) return found.problem;
  const texts = found.cells.slice(0, info.texts.length) as unknown as GlueRow['texts'];
  if (!labelled) return { texts, label: Number.NaN };
  const text = found.cells[info.texts.length] as string;
  if (info.classes === 1) {
    const score = Number(text);
    return DECIMAL.test(text) && score >= SCORES.least && score <= SCORES.most
      ? { texts, label: score }
      : `'${text}' is no score from ${SCORES.least} to ${SCORES.most}`;
  }
  const label = info.labels.indexOf(text);
  return label === -1
    ? `'${text}' is no label of ${info.name}: ${info.labels.join(', ')}`
    : { texts, label };
}
