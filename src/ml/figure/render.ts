// The only importer of vega and vega-lite.
import { withFixedTexts } from './fixed-text.ts';
import * as vega from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { compile } from 'vega-lite';

export type FigureSpec = TopLevelSpec;

// Where the `canvas` package happens to be installed, vega would measure text with it. Its types
// leave this switch out.
(vega as unknown as { textMetrics: { canvas(use: boolean): void } }).textMetrics.canvas(false);

/** Draws a vega-lite specification. The same specification gives the same bytes. */
export async function renderSvg(spec: FigureSpec): Promise<string> {
  const { spec: full } = compile(spec);
  const view = new vega.View(vega.parse(full), { renderer: 'none', logLevel: vega.Error });
  try {
    return `${withFixedTexts(await view.toSVG())}\n`;
  } finally {
    view.finalize();
  }
}
