// Names at the right end of the lines and rules, instead of a legend.
import { textWidth } from './font.ts';
import { RULE_COLOUR } from './theme.ts';
import { xPixels, offsetX, yPixels, HEIGHT, WIDTH } from './scene.ts';
import type { Scene } from './scene.ts';
import { spread } from './spread.ts';
import type { Summary } from './summary.ts';
import { baselineTitle, strategyTitle } from './words.ts';

const SIZE = 11;
const GAP = 15;
/** Pixels from the plot's right edge to the names, for the leaders. */
const LEFT = 14;
/** Pixels from the middle of a line's last point to its leader. */
const POINT = 6;

interface Label {
  readonly text: string;
  readonly colour: string;
  readonly weight: 'bold' | 'normal';
  /** Pixels from the plot's top to the line that it names, and from the plot's left to its leader. */
  readonly of: number;
  readonly from: number;
}

/** The layers of the names, and their width in pixels. */
export function labels(scene: Scene, summary: Summary) {
  const all = [...strategies(scene, summary), ...baselines(scene, summary)];
  const widths = all.map(({ text, weight }) => textWidth(text, SIZE, weight));
  const places = spread(
    all.map((label) => label.of),
    GAP,
    GAP / 2,
    HEIGHT - GAP / 2,
  );
  return {
    width: Math.ceil(LEFT + Math.max(...widths)) + 10,
    layers: all.flatMap((label, i) => layers(label, places[i] ?? label.of)),
  };
}

function strategies(scene: Scene, summary: Summary): readonly Label[] {
  return scene.strategies.flatMap((strategy) => {
    const last = summary.cells.findLast((cell) => cell.strategy === strategy);
    if (last === undefined) return [];
    return [
      {
        text: strategyTitle(strategy),
        colour: scene.look.get(strategy)?.colour ?? RULE_COLOUR,
        weight: 'bold',
        of: yPixels(scene, last.mean),
        from: xPixels(scene, offsetX(scene, last.num, strategy)) + POINT,
      },
    ];
  });
}

function baselines(scene: Scene, summary: Summary): readonly Label[] {
  return summary.baselines.map(({ name, mean }) => ({
    text: baselineTitle(name),
    colour: RULE_COLOUR,
    weight: 'normal',
    of: yPixels(scene, mean),
    from: WIDTH,
  }));
}

function layers({ text, colour, weight, of, from }: Label, at: number) {
  return [
    {
      data: { values: [{}] },
      mark: { type: 'rule', color: colour, strokeWidth: 0.7, opacity: 0.7 },
      encoding: {
        x: { value: from },
        x2: { value: WIDTH + LEFT - 3 },
        y: { value: of },
        y2: { value: at },
      },
    },
    {
      data: { values: [{}] },
      mark: {
        type: 'text',
        text,
        color: colour,
        align: 'left',
        baseline: 'middle',
        fontSize: SIZE,
        fontWeight: weight,
      },
      encoding: { x: { value: WIDTH + LEFT }, y: { value: at } },
    },
  ];
}
