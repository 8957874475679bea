import { FONT_FAMILY } from './font.ts';

const INK = '#1a1a1a';
const GREY = '#595959';
/** Baselines, and what explains the picture. */
export const RULE_COLOUR = GREY;

/** vega-lite's `config` of all figures. */
export const THEME = {
  background: 'white',
  font: FONT_FAMILY,
  view: { stroke: null },
  title: {
    anchor: 'start',
    frame: 'group',
    fontSize: 14,
    fontWeight: 'bold',
    color: INK,
    subtitleFontSize: 11,
    subtitleColor: GREY,
    subtitlePadding: 5,
    offset: 14,
  },
  axis: {
    labelFontSize: 11,
    titleFontSize: 11.5,
    titleFontWeight: 'normal',
    labelColor: INK,
    titleColor: INK,
    domainColor: GREY,
    tickColor: GREY,
    tickSize: 4,
    gridColor: '#e6e6e6',
    titlePadding: 8,
  },
} as const;
