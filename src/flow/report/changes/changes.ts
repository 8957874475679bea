import type { Change } from '../../key/explain.ts';
import { unionCells, windows } from './change-text.ts';
import { type Folded, foldMatrix, foldNames, unfolded } from './fold.ts';
import { plural } from '../format.ts';
import { type DiffLine, lineDiff } from './line-diff.ts';
import { visible } from '../printable.ts';
import type { Style } from '../style.ts';
import { table } from '../table.ts';
import { truncate } from '../text-width.ts';

/** Both sides of a change, if they still exist: the lines of a text, or the files of a folder. */
export interface ChangedText {
  readonly name: string;
  readonly old: string;
  readonly new: string;
}

export interface ChangedFolder {
  readonly name: string;
  /** Paths below it: `-` removed, `+` new, `~` changed. */
  readonly files: readonly { readonly sign: '-' | '+' | '~'; readonly path: string }[];
}

export interface Detail {
  readonly texts: readonly ChangedText[];
  readonly folders: readonly ChangedFolder[];
}

/** The origins of inputs, by name. */
export type Origins = Readonly<Record<string, { readonly old?: string; readonly new?: string }>>;

/** The maximum number of changed lines per text, and of files per folder. */
const MAX_LINES = 16;
/** The maximum characters of a line. */
const MAX_LINE_CHARACTERS = 100;

/**
 * A table of the differences, then the changed lines of texts and the changed files of folders. Items of a
 * collected input that changed alike are one row, and one of them is shown.
 *
 * @param all every item
 */
export function changeLines(
  changes: readonly Change[],
  origins: Origins,
  detail: Detail,
  style: Style,
  all = false,
): string[] {
  const traced = changes.some(({ kind, name }) => kind === 'input' && name in origins);
  const titles = [{ title: 'WHAT' }, { title: 'NAME' }, { title: 'WAS' }, { title: 'IS' }];
  const groups = all ? unfolded(changes, ({ name }) => name) : foldItems(changes);
  const rows = groups.map(({ name, items }) => [
    items[0].kind,
    name,
    ...unionCells(items),
    ...(traced ? [items[0].kind === 'input' ? originsText(items, origins) : ''] : []),
  ]);
  const shown = shownOf(groups);
  return [
    ...table(traced ? [...titles, { title: 'FROM' }] : titles, rows, style.dim),
    ...detail.folders.flatMap((folder) => {
      const title = titleOf(folder.name, shown, detail.folders);
      return title === undefined ? [] : ['', title, ...folderLines(folder, style)];
    }),
    ...detail.texts.flatMap((text) => {
      const title = titleOf(text.name, shown, detail.texts);
      return title === undefined ? [] : ['', title, ...textLines(text, style)];
    }),
  ];
}

/** The same for instances that changed alike: their changes have equal subjects. */
export function unionLines(
  [first, ...others]: readonly [readonly Change[], ...(readonly (readonly Change[])[])],
  style: Style,
): string[] {
  const titles = [{ title: 'WHAT' }, { title: 'NAME' }, { title: 'WAS' }, { title: 'IS' }];
  const rows = first.map((change, at) => {
    const like = others.flatMap((changes) => changes[at] ?? []);
    return [change.kind, change.name, ...unionCells([change, ...like])];
  });
  return table(titles, rows, style.dim);
}

function foldItems(changes: readonly Change[]): readonly Folded<Change>[] {
  return foldMatrix(
    changes,
    ({ name }) => name,
    ({ old, new: now }) => JSON.stringify([old === undefined, now === undefined]),
    ({ kind, name }) => (kind === 'input' ? kind : JSON.stringify([kind, name])),
  );
}

/** Item -> the group that it stands for, or undefined for one that is not shown. */
type Shown = ReadonlyMap<string, Folded<Change>>;

function shownOf(groups: readonly Folded<Change>[]): Shown {
  return new Map(groups.flatMap((group) => group.items.map(({ name }) => [name, group])));
}

/** undefined: another item of the group is shown, the first one with both sides. */
function titleOf(
  name: string,
  shown: Shown,
  details: readonly { readonly name: string }[],
): string | undefined {
  const group = shown.get(name);
  if (group === undefined || group.items.length === 1) return `${name}:`;
  const first = details.find((each) => shown.get(each.name) === group);
  return first?.name === name ? `${name}, one of ${group.items.length}:` : undefined;
}

/** `train.m (×8)`. */
function originsText(changes: readonly Change[], origins: Origins): string {
  const texts = [...new Set(changes.map(({ name }) => originText(origins[name])))];
  return foldNames(texts).join(', ');
}

/** If the origin changed, shows both; otherwise shows it once. */
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

/** For a long line that replaces another one, the place of the difference. */
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
