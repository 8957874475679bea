// When two rows count as the same text: what is left of their texts, and how much of it they share.

/** A row's texts in the form in which they are compared. */
export interface Normal {
  /** Equal for duplicates. The order of two texts has no meaning. */
  readonly whole: string;
  /** Hashes of the word 3-grams of all texts, each once. A shorter text is one gram. */
  readonly grams: ReadonlySet<number>;
}

const GRAM = 3;

/** NFKC, lower case, without punctuation, symbols and further blanks. */
export function normalText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\p{P}\p{S}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export function normalRow(texts: readonly string[]): Normal {
  const plain = texts.map(normalText);
  const grams = new Set<number>();
  for (const text of plain) {
    if (text === '') continue;
    const words = text.split(' ');
    for (let i = 0; i + GRAM <= words.length; i++)
      grams.add(hash(words.slice(i, i + GRAM).join(' ')));
    if (words.length < GRAM) grams.add(hash(text));
  }
  return { whole: plain.toSorted().join('\n'), grams };
}

/** Common grams, of all grams of both rows; 0 without grams. */
export function jaccard(a: ReadonlySet<number>, b: Float64Array): number {
  let common = 0;
  for (const gram of b) if (a.has(gram)) common += 1;
  const all = a.size + b.length - common;
  return all === 0 ? 0 : common / all;
}

/** 53 bits, so that two of a million grams are as good as never alike: cyrb53 (bryc, public domain). */
function hash(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 2 ** 32 * (b & 0x1fffff) + (a >>> 0);
}
