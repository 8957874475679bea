// BERT's text normalisation as the Rust tokenizers do it ("fast"), which is what the reference ids
// were made with. The library's own differs outside the basic plane and on a final sigma.

export interface Normalisation {
  readonly cleanText: boolean;
  readonly spaceChinese: boolean;
  readonly lowercase: boolean;
  readonly stripAccents: boolean;
}

const PRINTABLE_ASCII = /^[ -~]*$/;
const TAB_OR_BREAK = /[\t\n\r]/;
const DROPPED = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/u;
const WHITE = /\s/;

/** @returns the text to be split into words: white space as blanks, ideographs standing alone */
export function normalise(text: string, how: Normalisation): string {
  if (PRINTABLE_ASCII.test(text)) return how.lowercase ? text.toLowerCase() : text;
  let out = '';
  for (const char of text) {
    if (how.cleanText && !TAB_OR_BREAK.test(char) && DROPPED.test(char)) continue;
    if (how.cleanText && WHITE.test(char)) out += ' ';
    else if (how.spaceChinese && isChinese(char.codePointAt(0) as number)) out += ` ${char} `;
    else out += char;
  }
  if (how.stripAccents) out = out.normalize('NFD').replaceAll(/\p{Mn}/gu, '');
  // toLowerCase writes a sigma at a word's end differently; Rust goes character by character.
  return how.lowercase ? out.replaceAll('Σ', 'σ').toLowerCase() : out;
}

/** Rust's ranges. Its block E starts 256 characters too late, and the reference ids depend on that. */
function isChinese(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b73f) ||
    (code >= 0x2b740 && code <= 0x2b81f) ||
    (code >= 0x2b920 && code <= 0x2ceaf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  );
}
