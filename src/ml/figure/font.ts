import { createRequire } from 'node:module';

/** Arimo's glyphs are as wide as Arial's and Helvetica's, so an SVG looks the same in all of them. */
export const FONT_FAMILY = 'Arimo, Arial, Helvetica, sans-serif';

/** Widths of the printable ASCII characters from space on, in thousandths of the font size. */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
  556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
  611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
  667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
  222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/** The same of the bold letters. */
const BOLD_WIDTHS = [
  278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
  556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
  611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
  667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
  278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

const FURTHER_WIDTHS: Readonly<Record<string, number>> = { '·': 333, '×': 584, '…': 1000 };

/** Width of a text in pixels; other characters outside ASCII count as digits. */
export function textWidth(
  text: string,
  size: number,
  weight: 'normal' | 'bold' = 'normal',
): number {
  const widths = weight === 'bold' ? BOLD_WIDTHS : WIDTHS;
  let width = 0;
  for (const character of text) {
    width += widths[character.charCodeAt(0) - 32] ?? FURTHER_WIDTHS[character] ?? 556;
  }
  return (width * size) / 1000;
}

export interface Fonts {
  readonly files: readonly string[];
  /** Whether the machine's fonts may be used too. */
  readonly system: boolean;
}

/**
 * The fonts to draw text with: files of a package, so that a picture does not depend on the
 * machine's fonts, and has text even if the machine has none.
 */
export function fonts(): Fonts {
  // Complete names: the stage's key would not cover computed ones.
  const require = createRequire(import.meta.url);
  try {
    const regular = require.resolve('@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf');
    const bold = require.resolve('@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf');
    return { files: [regular, bold], system: false };
  } catch {
    return { files: [], system: true };
  }
}
