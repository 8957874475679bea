/**
 * Colours for one stream. If the stream shows no colours, every function returns its text
 * unchanged.
 */
export interface Style {
  readonly color: boolean;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

type Paint = (text: string) => string;

const paint =
  (open: number, close: number): Paint =>
  (text) =>
    text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`;

const plain: Paint = (text) => text;

export const noColor: Style = {
  color: false,
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
  cyan: plain,
};

export const ansiColor: Style = {
  color: true,
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
  cyan: paint(36, 39),
};

/**
 * NO_COLOR (any value except an empty one) has priority over FORCE_COLOR, and both over the
 * terminal.
 */
export function styleFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return noColor;
  const force = env['FORCE_COLOR'];
  if (force !== undefined && force !== '' && force !== '0') return ansiColor;
  return stream.isTTY === true && env['TERM'] !== 'dumb' ? ansiColor : noColor;
}
