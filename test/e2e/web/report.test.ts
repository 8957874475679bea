// The report in a real browser: from a file, without a server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { hasBrowser, openBrowser, watchedPage } from '../../rig/browser.ts';
import type { Project } from '../../rig/project.ts';
import { scoresProject } from './scores.ts';

let project: Project;
let firstRun: string;
let secondRun: string;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  if (!hasBrowser) return;
  project = scoresProject();
  firstRun = (await project.runJson()).run_id;
  secondRun = (await project.runJson('-p', 'gain=7')).run_id;
  browser = await openBrowser();
  ({ page, errors } = await watchedPage(browser));
});

afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await project.endAll();
  project.close();
});

describe.skipIf(!hasBrowser)('in a browser', () => {
  test('printed, the report has the params that are folded on the screen', async () => {
    await project.flow(['report', secondRun, '-o', 'r.html']);
    await page.goto(`file://${project.at('r.html')}`);
    const folded = page.locator('#params details td').first();
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
