// The tables of the mini world. A domain is a number 0 … 5.

const list = (text: string): readonly string[] => text.split(' ');

export const DOMAIN_NAMES = list('beasts trades foods lands engines stones');
export const DOMAINS = DOMAIN_NAMES.length;

/** Of a pair, the first says that x has the higher value. Pair d mod 3 belongs to domain d. */
export const COMPARATIVES = [
  ['bigger', 'smaller'],
  ['older', 'younger'],
  ['warmer', 'colder'],
] as const;

export const VERBS = [
  list('grazed barked nested growled'),
  list('traded haggled laboured bargained'),
  list('simmered baked cooled ripened'),
  list('stretched flooded bordered eroded'),
  list('roared stalled raced braked'),
  list('glittered cracked lay rolled'),
] as const;
export const GENERAL_VERBS = list('waited stood appeared remained vanished changed moved rested');

export const PLACES = [
  list('den meadow barn burrow'),
  list('market guild workshop office'),
  list('oven kitchen pantry orchard'),
  list('coast border delta plain'),
  list('garage highway depot track'),
  list('quarry mine cliff pit'),
] as const;
export const GENERAL_PLACES = list('house river road hill tower bridge wall gate');

export const PREPOSITIONS = list('near behind beside past');
export const TIMES = list('yesterday today often again');
export const GOOD = list('lovely superb charming delightful brilliant wonderful splendid graceful');
export const BAD = list('awful dreadful boring clumsy terrible dismal horrid tedious');

export const ONSETS = list('b br d dr f fl g gr k kl l m n p pl r s st t tr v z');
export const NUCLEI = list('a e i o u');
export const CODAS = list('b ck d ft g l lm m n nd p r rk st t x');

/** No noun may be one of these. */
export const TABLE_WORDS: ReadonlySet<string> = new Set([
  ...COMPARATIVES.flat(),
  ...VERBS.flat(),
  ...GENERAL_VERBS,
  ...PLACES.flat(),
  ...GENERAL_PLACES,
  ...PREPOSITIONS,
  ...TIMES,
  ...GOOD,
  ...BAD,
]);
