// The live view as a person and as an attacker would use it: the built CLI serves, plain requests ask,
// and a real browser clicks through.
import { createServer, request } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import type { RunPage } from '../../src/flow/web/model/page.ts';
import { hasBrowser, openBrowser } from '../rig/browser.ts';
import { Project } from '../rig/project.ts';
import type { Ended, Running } from '../rig/project.ts';

let project: Project;
let serving: Running;
let url: string;
let firstRun: string;
let secondRun: string;

beforeAll(async () => {
  project = new Project();
  project.write({
    'score.sh': `
echo "training with seed $1"
echo '{"type":"metric","name":"loss","value":0.5,"step":1}' >> "$FLOW_EVENTS"
echo '{"type":"metric","name":"loss","value":0.25,"step":2}' >> "$FLOW_EVENTS"
echo '{ "accuracy": 0.'$1$3' }' > "$2"
`,
    'folder.sh':
      'mkdir -p "$1" && printf "a\\tb\\n1\\t2\\n" > "$1/t.tsv" && echo hello > "$1/h.txt"\n',
    'gate.sh': `
echo at the gate; while [ ! -e "$1" ]; do sleep 0.05; done; echo through the gate; echo done > "$2"
`,
    // A step forward for each file that comes.
    'steps.sh': `
for step in 1 2 3 4; do
  while [ ! -e "$1-$step" ]; do sleep 0.05; done
  echo '{"type":"metric","name":"loss","value":0.'$step',"step":'$step'}' >> "$FLOW_EVENTS"
done
while [ ! -e "$1-end" ]; do sleep 0.05; done; echo done > "$2"
`,
  });
  project.pipeline(`
params: { seeds: [0, 1], gain: 5, gate: none }
stages:
  score:
    matrix: { seed: "\${seeds}" }
    cmd: [sh, score.sh, "\${seed}", "\${outputs.metrics}", "\${gain}"]
    outputs: { metrics: { path: metrics.json, kind: metrics } }
  folder:
    cmd: [sh, folder.sh, "\${outputs.things}"]
    inputs: { all: { from: score.metrics, collect: [seed] } }
    outputs: { things: things/ }
  gated:
    cmd: [sh, gate.sh, "\${gate}", "\${outputs.o}"]
    outputs: { o: o.txt }
  steps:
    cmd: [sh, steps.sh, "\${gate}", "\${outputs.o}"]
    outputs: { o: o.txt }
targets: [folder]
`);
  firstRun = (await project.runJson()).run_id;
  secondRun = (await project.runJson('-p', 'gain=7')).run_id;
  serving = project.start(['ui', '--port', '0', '--json']);
  url = await new Promise<string>((resolve, reject) => {
    serving.child.stdout?.on('data', (text: string) => {
      resolve((JSON.parse(text) as { url: string }).url);
    });
    serving.ended.then((ended: Ended) => reject(new Error(ended.stderr)), reject);
  });
});

afterAll(async () => {
  await project.endAll();
  project.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** As `fetch`, but a path goes out as it is written, and the Host header can be another. */
function ask(
  path: string,
  options: { method?: string; host?: string; at?: string; lastEvent?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const { method = 'GET', host = `${hostname}:${port}`, at = hostname, lastEvent } = options;
  const headers = { host, ...(lastEvent !== undefined && { 'last-event-id': lastEvent }) };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname: at, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body }),
      );
    });
    sent.on('error', reject).end();
  });
}

describe('flow ui', () => {
  test('answers only by its own name', async () => {
    const { port } = new URL(url);
    expect((await ask('/', { host: `localhost:${port}` })).status).toBe(200);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1']) {
      expect((await ask('/api/runs', { host })).status).toBe(403);
    }
  });

  test('listens on 127.0.0.1 and on no other address of this machine', async () => {
    await expect(ask('/', { at: '127.0.0.2' })).rejects.toThrow('ECONNREFUSED');
  });

  test('only reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await ask('/api/runs', { method })).status).toBe(405);
    }
  });

  test('lets a page load nothing from elsewhere, and no other page frame it', async () => {
    const { headers } = await ask('/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['access-control-allow-origin']).toBeUndefined();
    for (const path of ['/ui.js', '/api/runs', `/api/runs/${firstRun}/events?from=0`, '/nothing']) {
      const other = await ask(path);
      for (const name of ['content-security-policy', 'cross-origin-resource-policy']) {
        expect([path, other.headers[name]]).toEqual([path, headers[name]]);
      }
    }
  });

  test('gives nothing that is not a recorded artifact', async () => {
    const run = encodeURIComponent(firstRun);
    for (const path of [
      '/../package.json',
      '/..%2f..%2fpackage.json',
      '/api/runs/..%2f..',
      `/api/runs/${firstRun.slice(-6)}`,
      `/api/runs/${firstRun.slice(-6)}/log?instance=folder`,
      '/api/runs/../../package.json',
      `/api/runs/${run}/preview?instance=folder&output=things&path=..%2f..%2fpackage.json`,
      `/api/runs/${run}/preview?instance=folder&output=things&path=%2fetc%2fpasswd`,
      `/api/runs/${run}/preview?instance=folder&output=nothing`,
      `/api/runs/${run}/log?instance=..%2f..%2frun.json`,
      `/api/runs/${run}/nothing`,
      '/api/nothing',
    ]) {
      const answer = await ask(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.body).not.toContain('root:');
    }
  });

  test('lists runs, and says of each what the report says', async () => {
    const runs = JSON.parse((await ask('/api/runs')).body) as { run: string; state: string }[];
    expect(runs.map(({ run, state }) => [run, state])).toEqual([
      [secondRun, 'ok'],
      [firstRun, 'ok'],
    ]);
    const { page } = JSON.parse((await ask(`/api/runs/${firstRun}`)).body) as { page: RunPage };
    await project.flow(['report', firstRun, '-o', 'r.html']);
    const html = project.read('r.html');
    const data = /<script type="application\/json" id="page">(.*?)<\/script>/s.exec(html)?.[1];
    expect(page).toEqual(JSON.parse(data ?? ''));
  });

  test('says why an instance ran then, whatever its code is by now', async () => {
    const script = project.read('score.sh');
    project.write({ 'score.sh': `${script}echo changed since\n` });
    try {
      const why = async (run: string): Promise<string> =>
        (
          JSON.parse(
            (await ask(`/api/runs/${run}/explain?instance=${encodeURIComponent('score@seed=1')}`))
              .body,
          ) as string[]
        ).join('\n');
      expect(await why(firstRun)).toMatch(
        /it had no result yet[^]*no earlier result to compare with/,
      );
      const second = await why(secondRun);
      expect(second).toContain(`compared with the result of run ${firstRun}`);
      expect(second).toMatch(/5.*7/);
      expect(second).not.toMatch(/^code /m);
    } finally {
      project.write({ 'score.sh': script });
    }
  });

  test('sends a run’s events from any byte, and says when it is over', async () => {
    const { body } = await ask(`/api/runs/${firstRun}/events?from=0`);
    expect(body).toContain('"type":"run-started"');
    expect(body.trimEnd().endsWith('event: end\ndata: {}')).toBe(true);
    const next = /^id: (\d+)$/m.exec(body)?.[1];
    const rest = await ask(`/api/runs/${firstRun}/events?from=${next}`);
    expect(rest.body).toBe('event: end\ndata: {}\n\n');
    const again = await ask(`/api/runs/${firstRun}/events?from=0`, { lastEvent: next ?? '' });
    expect(again.body).toBe(rest.body);
  });
});

/** Twelve digits of a key, as a page shows it. */
const keyOf = async (run: string, id: string): Promise<string> => {
  const { page: shown } = JSON.parse((await ask(`/api/runs/${run}`)).body) as { page: RunPage };
  return shown.instances.find((each) => each.id === id)?.key?.slice(7, 19) ?? '';
};

/** The server behind another one, whose streams can be cut. */
async function cuttable(): Promise<{ url: string; cut(): void; close(): void; streams(): number }> {
  const { hostname, port } = new URL(url);
  const open = new Set<ServerResponse>();
  let streams = 0;
  const server = createServer((from, to) => {
    const headers = { ...from.headers, host: `${hostname}:${port}` };
    const sent = request({ hostname, port, path: from.url, headers }, (response) => {
      to.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(to);
    });
    sent.on('error', () => to.destroy()).end();
    to.on('close', () => sent.destroy());
    if (from.url?.includes('/events') !== true) return;
    streams += 1;
    open.add(to);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    cut() {
      for (const response of open) response.destroy();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
    streams: () => streams,
  };
}

describe.skipIf(!hasBrowser)('the page, in a browser', () => {
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
  });

  afterAll(async () => {
    await browser.close();
  });

  test('leads from the list to a run, its instances, their logs, curves, artifacts and reasons', async () => {
    await page.goto(url);
    await page.getByRole('link', { name: secondRun }).click();
    await page.getByRole('heading', { name: 'p' }).first().waitFor();
    await page.getByLabel('Search').fill('seed=1');
    await page.getByText('1 of 3').waitFor();
    await page.getByRole('link', { name: 'score@seed=1' }).click();
    await page.getByText('training with seed 1').waitFor();
    await page.locator('#why pre').waitFor();
    expect(await page.locator('#why').innerText()).toMatch(/5.*7/s);
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByRole('cell', { name: '0.17' }).waitFor();
    expect(await page.locator('svg polyline').count()).toBe(1);
    await page.goto(`${url}#/run/${secondRun}/folder`);
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByRole('button', { name: 't.tsv' }).click();
    await page.getByRole('cell', { name: '2' }).waitFor();
    expect(errors).toEqual([]);
  });

  test('compares two runs by params and metrics', async () => {
    await page.goto(url);
    await page.getByLabel(`Compare ${firstRun}`).check();
    await page.getByLabel(`Compare ${secondRun}`).check();
    await page.getByRole('link', { name: 'Compare the two' }).click();
    await page.getByRole('table', { name: 'Params' }).waitFor();
    const table = async (name: string) =>
      (await page.getByRole('table', { name }).getByRole('row').allInnerTexts()).map((row) =>
        row.split('\t'),
      );
    expect(await table('Params')).toEqual([
      ['param', firstRun, secondRun],
      ['gain', '5', '7'],
    ]);
    expect(await table('Metrics')).toEqual([
      ['instance', 'metric', firstRun, secondRun, 'difference'],
      ['score@seed=0', 'accuracy', '0.05', '0.07', '0.02'],
      ['score@seed=1', 'accuracy', '0.15', '0.17', '0.02'],
    ]);
    const [head, ...keys] = await table('Keys');
    expect(head).toEqual(['instance', firstRun, secondRun]);
    expect(keys.map(([id]) => id)).toEqual(['score@seed=0', 'score@seed=1', 'folder']);
    for (const [id = '', a, b] of keys) {
      expect([a, b]).toEqual([await keyOf(firstRun, id), await keyOf(secondRun, id)]);
    }
    expect(errors).toEqual([]);
  });

  test('a page left open follows a run to its end', async () => {
    const gate = project.at('open');
    const run = project.start(['run', 'pipelines/p.yaml', 'gated', '-p', `gate=${gate}`]);
    await page.goto(url);
    await page.getByRole('cell', { name: 'running' }).waitFor();
    await page.getByRole('row', { name: 'running' }).getByRole('link').click();
    const row = page.locator('#instances').getByRole('row', { name: 'gated' });
    await row.getByText('running').waitFor();
    project.write({ open: '' });
    await row.getByText('ran').waitFor();
    await page.locator('h1').getByText('ok').waitFor();
    expect((await run.ended).code).toBe(0);
    expect(errors).toEqual([]);
  });

  test('a page follows a curve, and goes on after its connection broke, with nothing twice', async () => {
    const through = await cuttable();
    const gate = project.at('gate');
    project.write({ 'gate-1': '', 'gate-2': '' });
    const run = project.start(['run', 'pipelines/p.yaml', 'steps', '-p', `gate=${gate}`]);
    try {
      await page.goto(through.url);
      await page.getByRole('row', { name: 'running' }).getByRole('link').click();
      const points = async () =>
        (await page.locator('#curves polyline').getAttribute('points'))?.split(' ').length;
      await expect.poll(points, { timeout: 30_000 }).toBe(2);
      project.write({ 'gate-3': '' });
      await expect.poll(points, { timeout: 30_000 }).toBe(3);
      through.cut();
      // The browser asks again by itself, after some seconds.
      await expect.poll(() => through.streams(), { timeout: 30_000 }).toBe(2);
      project.write({ 'gate-4': '' });
      await expect.poll(points, { timeout: 30_000 }).toBeGreaterThan(3);
      expect(await points()).toBe(4);
      project.write({ 'gate-end': '' });
      await page.locator('h1').getByText('ok').waitFor();
      expect(await points()).toBe(4);
      expect((await run.ended).code).toBe(0);
      // What Chromium says of the cut.
      errors.length = 0;
    } finally {
      through.close();
    }
  });

  test('a log grows on its page, line after line, and none twice', async () => {
    const gate = project.at('open-log');
    const run = project.start(['run', 'pipelines/p.yaml', 'gated', '-p', `gate=${gate}`]);
    await page.goto(url);
    await page.getByRole('row', { name: 'running' }).getByRole('link').click();
    await page.getByRole('link', { name: 'gated', exact: true }).click();
    const log = page.locator('#log pre');
    await log.getByText('at the gate').waitFor();
    project.write({ 'open-log': '' });
    await log.getByText('through the gate').waitFor();
    await page.locator('h1').getByText('ran').waitFor();
    await run.ended;
    expect(await log.innerText()).toBe('at the gate\nthrough the gate\n');
    expect(errors).toEqual([]);
  });

  test('printed, the report has the numbers that are folded on the screen', async () => {
    await project.flow(['report', secondRun, '-o', 'r.html']);
    await page.goto(`file://${project.at('r.html')}`);
    const folded = page.locator('#metrics td').first();
    const height = async () => (await folded.boundingBox())?.height ?? 0;
    expect(await folded.isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(await folded.isVisible()).toBe(true);
    expect(await height()).toBeGreaterThan(5);
    expect(await page.locator('#instances details .detail').first().isVisible()).toBe(false);
    expect(await page.getByLabel('Search').isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });
  });

  test('the report needs no server and no script to be read', async () => {
    await project.flow(['report', firstRun, '-o', 'r.html']);
    const context = await browser.newContext({ javaScriptEnabled: false });
    const silent = await context.newPage();
    await silent.goto(`file://${project.at('r.html')}`);
    await silent.locator('#instances').getByText('score@seed=1').first().waitFor();
    expect(await silent.getByRole('button', { name: 'Zoom in' }).isVisible()).toBe(false);
    await context.close();
    await page.goto(`file://${project.at('r.html')}`);
    await page.getByRole('combobox', { name: /Outcome/ }).selectOption('ran');
    await page.getByText('3 of 3').waitFor();
    await page.getByLabel('Search').fill('folder');
    await page.getByText('1 of 3').waitFor();
    expect(errors).toEqual([]);
  });
});
