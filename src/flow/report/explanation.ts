import type { Json, JsonObject } from '../core/json.ts';
import type { Change } from '../key/explain.ts';
import { plural, shortDigest } from './format.ts';
import { lineDiff } from './line-diff.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { truncate } from './text-width.ts';

/** The texts on both sides of a change, where both are still kept. */
export interface ChangedText {
  readonly change: Change;
  readonly old: string;
  readonly new: string;
}

/** Cells stay narrow: digests are cut, long values end in an ellipsis. */
const MOST_OF_A_VALUE = 48;
/** Changed lines that are shown of one text. */
const MOST_LINES = 16;

/** A table of what differs, then the lines of texts that do. */
export function changeLines(
  changes: readonly Change[],
  texts: readonly ChangedText[],
  style: Style,
): string[] {
  const titles = [{ title: 'WHAT' }, { title: 'NAME' }, { title: 'WAS' }, { title: 'IS' }];
  const rows = changes.map((c) => [c.kind, c.name, cell(c.old), cell(c.new)]);
  return [
    ...table(titles, rows, style.dim),
    ...texts.flatMap((text) => ['', `${text.change.name}:`, ...textLines(text, style)]),
  ];
}

function textLines(text: ChangedText, style: Style): string[] {
  const all = lineDiff(text.old, text.new);
  const width = Math.max(...all.map(({ line }) => String(line).length), 1);
  const lines = all.slice(0, MOST_LINES).map(({ sign, line, text: content }) => {
    const paint = sign === '-' ? style.red : style.green;
    return `  ${String(line).padStart(width)} ${paint(`${sign} ${truncate(visible(content), 100)}`)}`;
  });
  const rest = all.length - MOST_LINES;
  return rest > 0 ? [...lines, `  … ${plural(rest, 'changed line')} more`] : lines;
}

function cell(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  if (typeof value === 'string')
    return value.startsWith('sha256:') ? shortDigest(value) : cut(value);
  const digests = isList(value) ? value.map(digestOf) : [digestOf(value)];
  if (digests.some((digest) => digest === undefined)) return cut(JSON.stringify(value));
  return isList(value) ? plural(digests.length, 'artifact') : shortDigest(digests[0] ?? '');
}

/** Of an input as the manifest holds it. */
function digestOf(value: Json): string | undefined {
  if (value === null || typeof value !== 'object' || isList(value)) return undefined;
  const { digest } = value as JsonObject;
  return typeof digest === 'string' ? digest : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

const cut = (text: string): string => truncate(visible(text), MOST_OF_A_VALUE);

function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a text's own control characters stay out of the terminal
  return text.replaceAll('\t', '  ').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
