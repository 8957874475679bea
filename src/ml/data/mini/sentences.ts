// The parts that the sentences of all tasks are made of. Lower case; tokens separated by blanks.
import type { Draw } from './draw.ts';
import type { Domain } from './world.ts';
import {
  COMPARATIVES,
  GENERAL_PLACES,
  GENERAL_VERBS,
  PLACES,
  PREPOSITIONS,
  TIMES,
  VERBS,
} from './words.ts';

export interface Scene {
  readonly verb: string;
  /** `V P the L`. */
  readonly text: string;
}

export function drawScene(draw: Draw, { id }: Domain): Scene {
  const verb = draw.pick(draw.float() < 0.5 ? (VERBS[id] as readonly string[]) : GENERAL_VERBS);
  const place = draw.pick(draw.float() < 0.5 ? (PLACES[id] as readonly string[]) : GENERAL_PLACES);
  return { verb, text: `${verb} ${draw.pick(PREPOSITIONS)} the ${place}` };
}

/** The statement "x is c than y". */
export interface Comparison {
  readonly x: string;
  readonly y: string;
  readonly comparative: string;
  /** The pair's other word. */
  readonly opposite: string;
  /** How far the statement holds: v(x) - v(y), turned round for the second comparative. */
  readonly margin: number;
}

/** Neither noun gives the answer away: y is never extreme, and truth is drawn before the nouns. */
export function drawComparison(draw: Draw, domain: Domain, truth: boolean): Comparison {
  const [first, second] = COMPARATIVES[domain.id % COMPARATIVES.length] as readonly [
    string,
    string,
  ];
  const up = draw.float() < 0.9;
  let y = draw.pick(domain.nouns);
  while (!(domain.value(y) > 0.1 && domain.value(y) < 0.9)) y = draw.pick(domain.nouns);
  for (;;) {
    const x = draw.pick(domain.nouns);
    const distance = domain.value(x) - domain.value(y);
    if (Math.abs(distance) < 0.1) continue;
    const margin = up ? distance : -distance;
    if (margin > 0 !== truth) continue;
    return { x, y, comparative: up ? first : second, opposite: up ? second : first, margin };
  }
}

export const drawTime = (draw: Draw): string => draw.pick(TIMES);

export const happened = (noun: string, { text }: Scene): string => `the ${noun} ${text} .`;

export const oneHappened = ({ comparative, y }: Comparison, { text }: Scene): string =>
  `one ${comparative} than the ${y} ${text} .`;

export const itIs = ({ comparative, y }: Comparison): string =>
  `it is ${comparative} than the ${y} .`;

export const isThan = ({ x, comparative, y }: Comparison): string =>
  `the ${x} is ${comparative} than the ${y} .`;
