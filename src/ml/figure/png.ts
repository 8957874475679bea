// The only importer of resvg.
import { Resvg } from '@resvg/resvg-js';
import { fonts } from './font.ts';

/** Pixels of the PNG for each of the SVG: enough for print at the size of a column. */
const ZOOM = 3;

export function renderPng(svg: string): Buffer {
  const { files, system } = fonts();
  const resvg = new Resvg(svg, {
    background: 'white',
    fitTo: { mode: 'zoom', value: ZOOM },
    font: {
      fontFiles: [...files],
      loadSystemFonts: system,
      ...(!system && { defaultFontFamily: 'Arimo', sansSerifFamily: 'Arimo' }),
    },
  });
  return resvg.render().asPng();
}
