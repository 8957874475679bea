export interface DiffLine {
  readonly sign: '-' | '+';
  /** The line number from 1: in the old text for `-`, in the new one for `+`. */
  readonly line: number;
  readonly text: string;
}

/** With more pairs of lines than this, the whole middle counts as replaced. */
const MAX_PAIRS = 4_000_000;

/** The shortest list of removed and added lines that changes one text into the other. */
export function lineDiff(old: string, now: string): readonly DiffLine[] {
  const a = old.split('\n');
  const b = now.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const removed = (i: number): DiffLine => ({ sign: '-', line: i + 1, text: a[i] ?? '' });
  const added = (j: number): DiffLine => ({ sign: '+', line: j + 1, text: b[j] ?? '' });
  const rows = endA - start;
  const columns = endB - start;
  if (rows * columns > MAX_PAIRS) {
    return [
      ...Array.from({ length: rows }, (_, i) => removed(start + i)),
      ...Array.from({ length: columns }, (_, j) => added(start + j)),
    ];
  }
  const common = longestCommon(a.slice(start, endA), b.slice(start, endB));
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && a[start + i] === b[start + j]) {
      i += 1;
      j += 1;
    } else if (i < rows && (j === columns || common(i + 1, j) >= common(i, j + 1))) {
      lines.push(removed(start + i));
      i += 1;
    } else {
      lines.push(added(start + j));
      j += 1;
    }
  }
  return lines;
}

/** (i, j) -> length of the longest common subsequence of a[i..] and b[j..]. */
function longestCommon(
  a: readonly string[],
  b: readonly string[],
): (i: number, j: number) => number {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      table[at] =
        a[i] === b[j]
          ? (table[at + width + 1] ?? 0) + 1
          : Math.max(table[at + width] ?? 0, table[at + 1] ?? 0);
    }
  }
  return (i, j) => table[i * width + j] ?? 0;
}
