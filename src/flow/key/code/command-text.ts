import type { Part, Word } from '../../pipeline/dag.ts';

/** The characters that end a word of a script, or of an option. */
export const WORD_ENDS = /[\s'"`;|&<>(){}=\0]+/;
const WORDS_AND_ENDS = new RegExp(`(${WORD_ENDS.source})`);

/**
 * A word as a manifest holds it: references stay `${inputs.x}` and `${outputs.x}`, whatever folder the
 * stage will run in. Text that could be read as a reference is told apart as in a pipeline file: each `$`
 * of a run that ends at a `{` or at a reference is doubled. So no two words have one text.
 *
 * `places`: absolute path of a project file, as written -> its place in the project. Such a word stands as
 * `${root}/…`, so that a project that has moved keeps its keys.
 */
export function symbolicText(word: Word, places: Readonly<Record<string, string>> = {}): string {
  return withReferences(word)
    .split(WORDS_AND_ENDS)
    .map((part) => (Object.hasOwn(places, part) ? `\${root}/${places[part]}` : part))
    .join('');
}

function withReferences(word: Word): string {
  if (typeof word === 'string') return escape(word);
  let text = '';
  let literal = '';
  for (const part of word) {
    if (typeof part === 'string') {
      // Joined first, so that `$` and `{` from two neighbours are seen together.
      literal += part;
    } else {
      text += escape(literal).replace(/\$+$/, double) + reference(part);
      literal = '';
    }
  }
  return text + escape(literal);
}

function escape(literal: string): string {
  return literal.replace(/\$+(?=\{)/g, double);
}

function double(dollars: string): string {
  return dollars + dollars;
}

function reference(part: Exclude<Part, string>): string {
  return 'input' in part ? `\${inputs.${part.input}}` : `\${outputs.${part.output}}`;
}
