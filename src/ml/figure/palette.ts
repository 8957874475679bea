// Okabe and Ito's colours ("Color Universal Design", 2008), which people with any common colour
// blindness can distinguish. Shapes repeat the information for print without colour.
const BLACK = '#000000';
const ORANGE = '#E69F00';
const SKY = '#56B4E9';
const GREEN = '#009E73';
const YELLOW = '#F0E442';
const BLUE = '#0072B2';
const VERMILION = '#D55E00';
const PURPLE = '#CC79A7';

export interface Look {
  readonly colour: string;
  readonly shape: string;
}

const STRATEGIES: ReadonlyMap<string, Look> = new Map([
  ['random', { colour: BLACK, shape: 'square' }],
  ['bce', { colour: BLUE, shape: 'triangle-up' }],
  ['ce', { colour: VERMILION, shape: 'circle' }],
]);

/** Yellow is missing: a thin line of it cannot be read on white. */
const FURTHER: readonly Look[] = [
  { colour: GREEN, shape: 'diamond' },
  { colour: PURPLE, shape: 'triangle-down' },
  { colour: ORANGE, shape: 'cross' },
  { colour: SKY, shape: 'triangle-right' },
];

/** A look for each strategy. Known strategies always have the same one. */
export function looks(strategies: readonly string[]): ReadonlyMap<string, Look> {
  const unknown = strategies.filter((name) => !STRATEGIES.has(name));
  return new Map(
    strategies.map((name) => [
      name,
      STRATEGIES.get(name) ?? (FURTHER[unknown.indexOf(name) % FURTHER.length] as Look),
    ]),
  );
}

/** For points, in the order of the tasks: eight colours that can be distinguished as areas. */
const AREA_COLOURS: readonly string[] = [
  BLUE,
  VERMILION,
  GREEN,
  SKY,
  ORANGE,
  PURPLE,
  YELLOW,
  BLACK,
];

/** For points, beside their colours: shapes that can be distinguished even if they are small. */
const AREA_SHAPES = [
  'circle',
  'square',
  'triangle-up',
  'cross',
  'diamond',
  'triangle-down',
  'triangle-right',
  'triangle-left',
];

/** The look of the points of the i-th task. The shapes shift with every round of colours. */
export function areaLook(i: number): Look {
  const round = Math.floor(i / AREA_COLOURS.length);
  return {
    colour: AREA_COLOURS[i % AREA_COLOURS.length] as string,
    shape: AREA_SHAPES[(i + round) % AREA_SHAPES.length] as string,
  };
}
