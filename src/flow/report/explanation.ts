import type { Json, JsonObject } from '../core/json.ts';
import type { Change } from '../key/explain.ts';
import { plural, shortDigest } from './format.ts';
import { type DiffLine, lineDiff } from './line-diff.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { truncate } from './text-width.ts';

/** What both sides of a change hold, where it is still kept: a text's lines, or the files of a folder. */
export interface ChangedText {
  readonly name: string;
  readonly old: string;
  readonly new: string;
}

export interface ChangedFolder {
  readonly name: string;
  /** Paths below it, with `-` gone, `+` new, `~` changed. */
  readonly files: readonly { readonly sign: '-' | '+' | '~'; readonly path: string }[];
}

export interface Detail {
  readonly texts: readonly ChangedText[];
  readonly folders: readonly ChangedFolder[];
}

/** Where inputs came from, by name. */
type Origins = Readonly<Record<string, { readonly old?: string; readonly new?: string }>>;

/** Cells stay narrow: digests are cut, long values end in an ellipsis. */
const MAX_VALUE_CHARACTERS = 48;
/** Changed lines that are shown of one text, and files of one folder. */
const MAX_LINES = 16;
/** Characters of a line. */
const MAX_LINE_CHARACTERS = 100;

/** A table of what differs, then the lines of texts and the files of folders that do. */
export function changeLines(
  changes: readonly Change[],
  origins: Origins,
  detail: Detail,
  style: Style,
): string[] {
  const traced = changes.some(({ kind, name }) => kind === 'input' && name in origins);
  const titles = [{ title: 'WHAT' }, { title: 'NAME' }, { title: 'WAS' }, { title: 'IS' }];
  const rows = changes.map((change) => [
    change.kind,
    change.name,
    ...changeCells(change),
    ...(traced ? [change.kind === 'input' ? originText(origins[change.name]) : ''] : []),
  ]);
  return [
    ...table(traced ? [...titles, { title: 'FROM' }] : titles, rows, style.dim),
    ...detail.folders.flatMap((folder) => ['', `${folder.name}:`, ...folderLines(folder, style)]),
    ...detail.texts.flatMap((text) => ['', `${text.name}:`, ...textLines(text, style)]),
  ];
}

/** Another origin than before is what changed; otherwise it stands once. */
function originText(origin: Origins[string] | undefined): string {
  const { old, new: now } = origin ?? {};
  if (old === undefined || now === undefined || old === now) return now ?? old ?? '';
  return `${now} (was ${old})`;
}

function folderLines({ files }: ChangedFolder, style: Style): string[] {
  const paint = { '-': style.red, '+': style.green, '~': style.bold };
  const lines = files
    .slice(0, MAX_LINES)
    .map(({ sign, path }) => `  ${paint[sign](`${sign} ${truncate(visible(path), 100)}`)}`);
  const rest = files.length - MAX_LINES;
  return rest > 0 ? [...lines, `  … ${plural(rest, 'file')} more`] : lines;
}

function textLines(text: ChangedText, style: Style): string[] {
  const all = lineDiff(text.old, text.new);
  const width = Math.max(...all.map(({ line }) => String(line).length), 1);
  const shown = shownTexts(all);
  const lines = all.slice(0, MAX_LINES).map(({ sign, line }, index) => {
    const paint = sign === '-' ? style.red : style.green;
    return `  ${String(line).padStart(width)} ${paint(`${sign} ${shown[index] ?? ''}`)}`;
  });
  const rest = all.length - MAX_LINES;
  return rest > 0 ? [...lines, `  … ${plural(rest, 'changed line')} more`] : lines;
}

/** Of a long line that another one replaces, the place where the two differ. */
function shownTexts(lines: readonly DiffLine[]): readonly string[] {
  const whole = lines.map(({ text }) => visible(text));
  const shown = whole.map((text) => truncate(text, MAX_LINE_CHARACTERS));
  const endOf = (sign: DiffLine['sign'], from: number): number => {
    const length = lines.slice(from).findIndex((line) => line.sign !== sign);
    return length === -1 ? lines.length : from + length;
  };
  for (let start = 0; start < lines.length;) {
    const added = endOf('-', start);
    const end = endOf('+', added);
    for (let i = start, j = added; i < added && j < end; i += 1, j += 1) {
      [shown[i], shown[j]] = windows(whole[i] ?? '', whole[j] ?? '', MAX_LINE_CHARACTERS);
    }
    start = end;
  }
  return shown;
}

/** Where an input's content is the same, what else of it differs; of long values, the place where they do. */
export function changeCells({ old, new: now }: Change): readonly [string, string] {
  const [before, after] = [cell(old), cell(now)];
  if (before !== after || old === undefined || now === undefined) return windows(before, after);
  return windows(visible(JSON.stringify(old)), visible(JSON.stringify(now)));
}

function cell(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  if (typeof value === 'string')
    return value.startsWith('sha256:') ? shortDigest(value) : visible(value);
  const digests = isList(value) ? value.map(digestOf) : [digestOf(value)];
  if (digests.some((digest) => digest === undefined)) return visible(JSON.stringify(value));
  return isList(value) ? plural(digests.length, 'artifact') : shortDigest(digests[0] ?? '');
}

/** Characters of what both begin with that still stand before the difference. */
const CONTEXT = 12;

function windows(
  before: string,
  after: string,
  width = MAX_VALUE_CHARACTERS,
): readonly [string, string] {
  const most = Math.max(before.length, after.length);
  let same = 0;
  while (same < most && before[same] === after[same]) same++;
  const from = most > width && same > CONTEXT ? same - CONTEXT : 0;
  const window = (text: string): string =>
    truncate(from === 0 ? text : `…${text.slice(from)}`, width);
  return [window(before), window(after)];
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

function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a text's own control characters stay out of the terminal
  return text.replaceAll('\t', '  ').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
