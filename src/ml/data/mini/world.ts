// The facts of the mini world: each domain orders its 80 nouns.
import { mulberry32 } from '../../random.ts';
import { drawFrom } from './draw.ts';
import type { Draw } from './draw.ts';
import { CODAS, DOMAINS, NUCLEI, ONSETS, TABLE_WORDS } from './words.ts';

const OWN_NOUNS = 68;
/** Nouns that the opposite domain also has, with other values: real negative transfer. */
const SHARED_NOUNS = 12;

export interface Domain {
  readonly id: number;
  readonly nouns: readonly string[];
  /** A noun's value, 0 … 1: the facts that a comparison states. */
  readonly value: (noun: string) => number;
}

export type World = readonly Domain[];

/** @param seed the param `world` */
export function createWorld(seed: number): World {
  const draw = drawFrom(mulberry32(seed * 7919 + 17));
  const taken = new Set(TABLE_WORDS);
  const own = Array.from({ length: DOMAINS }, () =>
    Array.from({ length: OWN_NOUNS }, () => newNoun(draw, taken)),
  );
  return own.map((nouns, id) => {
    const opposite = own[(id + 3) % DOMAINS] as readonly string[];
    const all = [...nouns, ...opposite.slice(0, SHARED_NOUNS)];
    const ranks = draw.shuffled([...all.keys()]);
    const values = new Map(all.map((noun, i) => [noun, (ranks[i] as number) / (all.length - 1)]));
    return { id, nouns: all, value: (noun) => values.get(noun) as number };
  });
}

function newNoun(draw: Draw, taken: Set<string>): string {
  for (;;) {
    const syllable = (): string => draw.pick(ONSETS) + draw.pick(NUCLEI);
    const noun = syllable() + syllable() + draw.pick(CODAS);
    if (taken.has(noun)) continue;
    taken.add(noun);
    return noun;
  }
}
