// How programs write a character of a secret: as it stands, or encoded for a URL, a form, JSON, HTML, a shell
// or Python. Every character is taken by itself, so that a secret is known in whatever mixture a program prints.

/** For each character of a text, the ways to write it, the longest first. In latin1: one character a byte. */
export type Writings = readonly (readonly string[])[];

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\b': String.raw`\b`,
  '\t': String.raw`\t`,
  '\n': String.raw`\n`,
  '\f': String.raw`\f`,
  '\r': String.raw`\r`,
};
const HTML_NAMES: Readonly<Record<string, string>> = {
  '"': '&quot;',
  '&': '&amp;',
  "'": '&apos;',
  '<': '&lt;',
  '>': '&gt;',
};
/** How a shell and Python's shlex leave a quoted word for a single quote. */
const SHELL_QUOTES = [String.raw`'\''`, `'"'"'`];

export function writingsOf(text: string): Writings {
  return Array.from(text, (character) => {
    const all = new Set(waysToWrite(character).map(latin1));
    return [...all].sort((a, b) => b.length - a.length);
  });
}

function waysToWrite(character: string): readonly string[] {
  // No program that is known encodes these.
  if (/^[A-Za-z0-9]$/.test(character)) return [character];
  const bytes = [...Buffer.from(character, 'utf8')].map((byte) => hex(byte, 2));
  const units = Array.from({ length: character.length }, (_, i) => hex(character.charCodeAt(i), 4));
  const point = character.codePointAt(0) ?? 0;
  const encoded = [
    bytes.map((byte) => `%${byte}`).join(''),
    bytes.map((byte) => String.raw`\x${byte}`).join(''),
    units.map((unit) => String.raw`\u${unit}`).join(''),
    String.raw`\U${hex(point, 8)}`,
    `&#x${point.toString(16)};`,
    ...(point < 0x100 ? [String.raw`\x${hex(point, 2)}`] : []),
  ];
  const name = HTML_NAMES[character] ?? '';
  const escape = SHORT_ESCAPES[character] ?? '';
  return [
    character,
    ...encoded,
    ...encoded.map(withUpperCaseDigits),
    `&#${point};`,
    `&#${String(point).padStart(3, '0')};`,
    // A backslash before what would mean something, as in JSON, Python and shells.
    ...(point > 0x1f && point < 0x7f ? [`\\${character}`] : []),
    ...(character === ' ' ? ['+'] : []),
    ...(character === "'" ? SHELL_QUOTES : []),
    ...[name, escape].filter((way) => way !== ''),
  ];
}

/** The digits only: `\u00e4` and `\u00E4`, but never `\U00E4`. */
const withUpperCaseDigits = (text: string): string =>
  text.replaceAll(/(?<=%|\\[xuU]|&#x)[0-9a-f]+/g, (digits) => digits.toUpperCase());

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
