// Text in an SVG that keeps its place and width in any font.
import { textWidth } from './font.ts';

/**
 * Gives each text the width that it has in the figure's font. A viewer without this font then squeezes or
 * stretches its own letters, instead of cutting them off at the edge of the picture.
 */
export function withFixedTexts(svg: string): string {
  return svg.replaceAll(
    /<text\b([^>]*)>([^]*?)<\/text>/g,
    (_, attributes: string, content: string) => {
      const size = Number(/ font-size="([\d.]+)px"/.exec(attributes)?.[1] ?? 11);
      const weight = attributes.includes(' font-weight="bold"') ? 'bold' : 'normal';
      const length = (text: string): string => {
        const width = textWidth(unescaped(text), size, weight).toFixed(1);
        return text === '' ? '' : ` textLength="${width}" lengthAdjust="spacingAndGlyphs"`;
      };
      if (!content.includes('<')) return `<text${attributes}${length(content)}>${content}</text>`;
      // A text of several lines: each line has its own width.
      const lines = content.replaceAll(
        /<tspan([^>]*)>([^<]*)<\/tspan>/g,
        (__, more: string, line: string) => `<tspan${more}${length(line)}>${line}</tspan>`,
      );
      return `<text${attributes}>${lines}</text>`;
    },
  );
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
