// The pages on a phone: 375 pixels wide. Nothing but what scrolls by itself is wider than the screen.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { faultsOf, hasBrowser, openBrowser } from '../../rig/browser.ts';
import type { Project } from '../../rig/project.ts';
import { everyPart } from './every-part.ts';

const WIDTH = 375;

let project: Project;
let url: string;
let firstRun: string;
let secondRun: string;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  if (!hasBrowser) return;
  ({ project, url, firstRun, secondRun } = await everyPart());
  browser = await openBrowser();
  const viewport = { width: WIDTH, height: 800 };
  page = await (await browser.newContext({ viewport, isMobile: true })).newPage();
});

afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await project.endAll();
  project.close();
});

describe.skipIf(!hasBrowser)('on a phone', () => {
  test.each([
    ['the list of runs', () => `${url}`, '#root table'],
    ['a run', () => `${url}#/run/${secondRun}`, '#instances'],
    ['an instance', () => `${url}#/run/${secondRun}/broken`, '#log pre'],
    ['a comparison', () => `${url}#/compare/${firstRun}/${secondRun}`, '#root table'],
    ['the report', () => `file://${project.at('r.html')}`, '#instances'],
  ])('%s fits the screen, and axe-core finds nothing', async (_, address, ready) => {
    await page.goto('about:blank');
    await page.goto(address());
    await page.locator(ready).first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(WIDTH);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('a row of the table of instances shows its outcome without scrolling', async () => {
    await page.goto(`file://${project.at('r.html')}`);
    const outcome = page.locator('#instances tbody .state').first();
    const { x = 0, width = 0 } = (await outcome.boundingBox()) ?? {};
    expect(x + width).toBeLessThanOrEqual(WIDTH);
    expect(await outcome.isVisible()).toBe(true);
  });
});
