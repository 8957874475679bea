import { eastAsianWidth } from 'get-east-asian-width';

// Widths in terminal cells: combining marks take none, East Asian wide letters and emoji two.
// string-width would also count the clusters of emoji, but costs a no-op 25 to 55 ms of CPU time.

// oxlint-disable-next-line no-control-regex -- colours begin with one
const ANSI = /\u001b\[[0-9;]*m/g;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** The number of cells of a text, without colours. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text.replaceAll(ANSI, '')) width += charWidth(char);
  return width;
}

/** The text in at most `columns` cells; `…` replaces the rest. Only for text without colours. */
export function truncate(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const char of text) {
    width += charWidth(char);
    if (width > columns - 1) break;
    kept += char;
  }
  return columns > 0 ? `${kept}…` : '';
}

/** The same with `…` in the middle, because both ends distinguish instance ids. */
export function truncateMiddle(text: string, columns: number): string {
  if (textWidth(text) <= columns || columns < 8) return truncate(text, columns);
  const chars = [...text];
  const tail: string[] = [];
  let width = 0;
  while (chars.length > 0) {
    const char = chars[chars.length - 1] ?? '';
    if (width + charWidth(char) > Math.floor(columns / 2)) break;
    width += charWidth(char);
    tail.unshift(chars.pop() ?? '');
  }
  return truncate(text, columns - width) + tail.join('');
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - textWidth(text))) + text;
}

/** `char`: one code point. */
function charWidth(char: string): number {
  if (char < ' ' || ZERO.test(char)) return 0;
  return char < '\u007f' ? 1 : eastAsianWidth(char.codePointAt(0) ?? 0);
}
