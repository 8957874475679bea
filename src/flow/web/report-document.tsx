import { render } from 'preact-render-to-string';
import type { RunPage } from './model/page.ts';
import { Report } from './components/run-view.tsx';
import { style } from './style.ts';

/**
 * One HTML file that needs nothing else: the page as it reads without scripts, its data, and the script
 * that makes it interactive. What a stage printed appears as text only. The policy forbids all loading.
 */
export function reportDocument(page: RunPage, script: string): string {
  const title = `${page.pipeline}: run ${page.run}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
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

/** JSON that no `</script>` or `<!--` inside it can end: both begin with this character. */
const inScript = (json: string): string => json.replaceAll('<', '\\u003c');
