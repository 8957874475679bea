// Widths as terminals count them: marks that combine take no cell, East Asian wide letters and emoji two.

// oxlint-disable-next-line no-control-regex -- colours begin with one
const ANSI = /\u001b\[[0-9;]*m/g;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/** Cells that the text takes, colours aside. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text.replaceAll(ANSI, '')) width += charWidth(char);
  return width;
}

/** At most `columns` cells; what does not fit gives way to `…`. Text without colours only. */
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

/** The same, but the middle gives way: both ends of an instance id tell instances apart. */
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

function charWidth(char: string): number {
  if (char < ' ' || ZERO.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}
