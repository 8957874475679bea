// Tokens that include adjacent blanks, as RoBERTa's `<mask>` includes those before it.
import type { AddedToken } from './byte-level-json.ts';

const BLANKS = '\\p{White_Space}*';

/**
 * The library removes what JavaScript trims, which has U+FEFF and lacks U+0085; Rust removes Unicode's
 * white space. So the blanks are removed before the library gets the text.
 *
 * @returns the text without the blanks that belong to one of the tokens
 */
export function blankStripper(tokens: readonly AddedToken[]): (text: string) => string {
  const rules = tokens
    .filter(({ lstrip, rstrip }) => lstrip || rstrip)
    .map(({ content, lstrip, rstrip }) => {
      const token = content.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
      return {
        content,
        pattern: new RegExp(`${lstrip ? BLANKS : ''}${token}${rstrip ? BLANKS : ''}`, 'gu'),
      };
    });
  return (text) => {
    let left = text;
    for (const { content, pattern } of rules) {
      if (left.includes(content)) left = left.replaceAll(pattern, () => content);
    }
    return left;
  };
}
