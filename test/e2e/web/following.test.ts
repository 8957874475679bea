// The live view while a run goes on, and while its connection breaks.
import { createServer, request } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { hasBrowser, openBrowser, watchedPage } from '../../rig/browser.ts';
import type { Project } from '../../rig/project.ts';
import { scoresProject } from './scores.ts';

let project: Project;
let url: string;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  if (!hasBrowser) return;
  project = scoresProject();
  url = await project.serve();
  browser = await openBrowser();
  ({ page, errors } = await watchedPage(browser));
});

afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await project.endAll();
  project.close();
});

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

describe.skipIf(!hasBrowser)('while a run goes on', () => {
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
});
