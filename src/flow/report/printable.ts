/**
 * A line of a stage's output, for a page or a report of its failure: without colours and cursor
 * movements. Of a progress bar that overwrites itself, only the last state.
 */
export function printable(line: string): string {
  const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  return (
    last
      // oxlint-disable-next-line no-control-regex -- terminal sequences are what is removed
      .replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, '')
      // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
  );
}

/** A text's own characters without those that would steer a terminal; line by line. */
export function visible(text: string): string {
  return forTerminal(text.replaceAll('\t', '  ').replaceAll('\n', '\ufffd'), { color: false });
}

/** flow's own colours (style.ts), and what would steer a terminal or turn the direction of a line. */
const STEERING =
  // oxlint-disable-next-line no-control-regex -- what it looks for
  /(\u001b\[(?:1|2|22|31|32|33|36|39)m)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu;

/** What flow prints of texts by others: with flow's own colours, if any are shown, and without all else. */
export function forTerminal(text: string, { color }: { readonly color: boolean }): string {
  return text.replaceAll(STEERING, (_, own?: string) =>
    own === undefined ? '\ufffd' : color ? own : '\ufffd',
  );
}

/** Control characters, and those that turn the direction of a line. */
// oxlint-disable-next-line no-control-regex -- what it looks for
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A path as one line of a listing: as it stands, or quoted as in JSON where it could not be read so. */
export function shownName(path: string): string {
  if (path.search(HIDDEN) < 0 && !path.startsWith('"')) return path;
  return JSON.stringify(path).replaceAll(
    HIDDEN,
    (hidden) => `\\u${hidden.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
