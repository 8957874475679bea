import { render } from 'preact-render-to-string';
import type { RunPage } from './model/page.ts';
import { graphSize } from './components/graph.tsx';
import { Report } from './components/run-view.tsx';
import { style } from './style.ts';

/**
 * One HTML file that needs no other file: the page without scripts, its data, and the script that makes it
 * interactive. Output of stages appears only as text. The policy forbids all loading, and all other scripts
 * and styles.
 *
 * @param hash SHA-256 of a text as a Content-Security-Policy writes it: `sha256-` and base64
 */
export function reportDocument(
  page: RunPage,
  script: string,
  hash: (text: string) => string,
): string {
  const { minWidth, maxHeight, aspectRatio } = graphSize(page.graph);
  const css = `${style}\nsvg.graph { min-width: ${minWidth}; max-height: ${maxHeight}; aspect-ratio: ${aspectRatio}; }\n`;
  const title = `${page.pipeline}: run ${page.run}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="flow">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src '${hash(css)}'; script-src '${hash(script)}'; base-uri 'none'; form-action 'none'">
<title>${escaped(title)}</title>
<style>${css}</style>
</head>
<body>
<div id="root">${render(<Report page={page} />)}</div>
<script type="application/json" id="page">${inScript(JSON.stringify(page))}</script>
<script>${script}</script>
</body>
</html>
`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** JSON without `<`, so that no `</script>` or `<!--` in it can end the element. */
const inScript = (json: string): string => json.replaceAll('<', '\\u003c');
