// Does the live view stay fluid with 1,000 instances? A run of a matrix of N trivial stages is watched in
// Chromium from its start to its end, while somebody types into the search field. Prints the tasks of the
// page that held it up for more than 50 ms (the browser's own measure, `longtask`), and how late the page
// was when the run had ended. `node test/bench/ui-fluid.mjs [N]`
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const count = Number(process.argv[2] ?? 1000);
const flow = fileURLToPath(new URL('../../dist/flow.js', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'flow-ui-'));
mkdirSync(path.join(folder, 'pipelines'));
writeFileSync(path.join(folder, 'flow.yaml'), '');
writeFileSync(
  path.join(folder, 'pipelines/p.yaml'),
  `version: 1
name: p
stages:
  cell:
    matrix: { i: [${Array.from({ length: count }, (_, i) => i).join(', ')}] }
    sh: |
      sleep 0.02
      echo '{"type":"metric","name":"loss","value":1,"step":1}' >> $FLOW_EVENTS
      echo '{"type":"metric","name":"loss","value":0,"step":2}' >> $FLOW_EVENTS
      echo \${i} > \${outputs.o}
    outputs: { o: o.txt }
`,
);

const start = (...args) => spawn(process.execPath, [flow, ...args], { cwd: folder });
const serving = start('ui', '--port', '0');
const url = await new Promise((resolve) => {
  serving.stdout.once('data', (text) => resolve(String(text).trim()));
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
await page.addInitScript(() => {
  globalThis.long = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.long.push(Math.round(entry.duration));
  }).observe({ type: 'longtask', buffered: true });
});
const run = start('run', 'pipelines/p.yaml', '-q');
const ended = { at: 0 };
run.once('close', () => {
  ended.at = Date.now();
});
await page.goto(url);
await page.getByRole('row', { name: 'running' }).getByRole('link').click();
const search = page.getByLabel('Search');
for (let i = 0; ended.at === 0; i++) {
  await search.fill(`i=${i % 10}`);
  await page.waitForTimeout(300);
}
await search.fill('');
await page.locator('h1').getByText('ok').waitFor();
const late = Date.now() - ended.at;
const long = (await page.evaluate(() => globalThis.long)).sort((a, b) => b - a);
process.stdout.write(
  `${count} instances: ${long.length} long tasks, worst ${long[0] ?? 0} ms, median ${long[long.length >> 1] ?? 0} ms; shown ended after ${late} ms\n`,
);
await browser.close();
serving.kill('SIGINT');
rmSync(folder, { recursive: true, force: true });
