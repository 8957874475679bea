// The pages as people reach them who use a keyboard: one walk goes by keys alone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { hasBrowser, openBrowser } from '../../rig/browser.ts';
import type { Project } from '../../rig/project.ts';
import { everyPart } from './every-part.ts';

let project: Project;
let url: string;
let firstRun: string;
let secondRun: string;
let browser: Browser;

beforeAll(async () => {
  if (!hasBrowser) return;
  ({ project, url, firstRun, secondRun } = await everyPart());
  browser = await openBrowser();
});

afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await project.endAll();
  project.close();
});

describe.skipIf(!hasBrowser)('with keys alone', () => {
  let page: Page;

  beforeAll(async () => {
    page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
  });

  /** What has the focus: its role and name, and whether a person sees that it has it. */
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
      return {
        tag: element.localName,
        name: name.replaceAll(/\s+/g, ' ').trim(),
        ring: outlineStyle !== 'none' && outlineWidth !== '0px',
        inView: box.bottom > 0 && box.top < innerHeight,
      };
    });

  const height = () => page.evaluate(() => document.documentElement.scrollHeight);

  /** What a page loads late moves what is below it, perhaps out of sight. */
  async function stillPage(): Promise<void> {
    let [before, same] = [await height(), 0];
    while (same < 4) {
      await page.waitForTimeout(50);
      const now = await height();
      same = now === before ? same + 1 : 0;
      before = now;
    }
  }

  /** Presses Tab until something of this tag and name has the focus; all that has it on the way shows it. */
  async function tabTo(tag: string, name: string | RegExp): Promise<void> {
    const passed: string[] = [];
    await stillPage();
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      const now = await focused();
      if (now.tag !== 'body') {
        await expect.poll(focused).toEqual({ ...now, ring: true, inView: true });
      }
      passed.push(`${now.tag} ${now.name}`);
      if (now.tag === tag && (typeof name === 'string' ? now.name === name : name.test(now.name))) {
        return;
      }
    }
    throw new Error(`no ${tag} ${String(name)} among:\n${passed.join('\n')}`);
  }

  const viewBox = () => page.locator('svg.graph').getAttribute('viewBox');

  test('the report can be zoomed, filtered, sorted and unfolded', async () => {
    await page.goto(`file://${project.at('r.html')}`);
    const whole = await viewBox();
    await tabTo('button', 'Zoom in');
    await page.keyboard.press('Enter');
    expect(await viewBox()).not.toBe(whole);
    await tabTo('button', 'All');
    await page.keyboard.press('Space');
    expect(await viewBox()).toBe(whole);
    await tabTo('svg', /arrow keys move/);
    await page.keyboard.press('ArrowRight');
    const [x = 0] = (await viewBox())?.split(' ').map(Number) ?? [];
    expect(x).toBeGreaterThan(0);
    await page.keyboard.press('+');
    expect(Number((await viewBox())?.split(' ')[2])).toBeLessThan(Number(whole?.split(' ')[2]));
    await page.keyboard.press('ArrowLeft');

    await tabTo('a', /^score: 2 ran/);
    await page.keyboard.press('Enter');
    await page.getByText('2 of 7').waitFor();
    // The focus went along: next is the search above the instances.
    await page.keyboard.press('Tab');
    await page.keyboard.type('seed=1');
    await page.getByText('1 of 7').waitFor();
    await tabTo('select', /.*/);
    await page.keyboard.press('Tab');
    expect((await focused()).tag).toBe('select');
    await page.keyboard.press('Home');
    await page.getByText('1 of 7').waitFor();
    await tabTo('button', 'time');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('columnheader', { name: 'time' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
    await tabTo('summary', 'score@seed=1');
    await page.keyboard.press('Enter');
    await page.getByText('training with seed 1').waitFor();
    await tabTo('pre', /training with seed 1/);
  });

  test('the live view leads from the list to an artifact, and to the comparison', async () => {
    await page.goto(url);
    await page.getByRole('link', { name: secondRun }).waitFor();
    await tabTo('a', secondRun);
    await page.keyboard.press('Enter');
    await page.getByText('7 of 7').waitFor();
    await expect.poll(async () => (await focused()).tag).toBe('main');
    expect(await page.title()).toBe('p failed · flow');
    await tabTo('a', 'folder');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^folder/ }).waitFor();
    await expect.poll(() => page.title()).toBe('folder · flow');
    await tabTo('button', 'Look things');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'h.txt' }).waitFor();
    await tabTo('button', 'h.txt');
    await page.keyboard.press('Enter');
    await page.getByText('hello').waitFor();

    await page.goto(url);
    await page.getByLabel(`Compare ${firstRun}`).waitFor();
    for (const run of [secondRun, firstRun]) {
      await tabTo('input', `Compare ${run}`);
      await page.keyboard.press('Space');
    }
    await page.getByRole('link', { name: 'Compare the two' }).waitFor();
    // It stands above the table: backwards from its second box.
    for (let presses = 0; presses < 20 && (await focused()).name !== 'Compare the two'; presses++) {
      await page.keyboard.press('Shift+Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Two runs' }).waitFor();
  });
});
