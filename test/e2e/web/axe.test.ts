// The pages as people reach them who use a screen reader or other colours: axe-core reads every page in
// light and dark.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { faultsOf, hasBrowser, openBrowser } from '../../rig/browser.ts';
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

/** Everything that can be folded out is. */
async function unfold(page: Page): Promise<void> {
  const closed = page.locator('details:not([open]) > summary');
  while ((await closed.count()) > 0) await closed.first().click();
}

describe.skipIf(!hasBrowser).each(['light', 'dark'] as const)(
  'in %s, axe-core finds nothing on',
  (colorScheme) => {
    let page: Page;

    beforeAll(async () => {
      page = await browser.newPage({ colorScheme });
    });

    test('the report', async () => {
      await page.goto(`file://${project.at('r.html')}`);
      await page.getByText('7 of 7').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await unfold(page);
      expect(await faultsOf(page)).toEqual([]);
    });

    test('the report without scripts, and as it is printed', async () => {
      // axe is a script: the page is the same one but for the class that its own script adds.
      await page.goto(`file://${project.at('r.html')}`);
      await page.evaluate(() => document.documentElement.classList.remove('scripted'));
      expect(await faultsOf(page)).toEqual([]);
      await page.emulateMedia({ media: 'print' });
      expect(await faultsOf(page)).toEqual([]);
      await page.emulateMedia({ media: 'screen' });
    });

    test('the list of runs, with two of them ticked', async () => {
      await page.goto(url);
      await page.getByLabel(`Compare ${firstRun}`).check();
      await page.getByLabel(`Compare ${secondRun}`).check();
      await page.getByRole('link', { name: 'Compare the two' }).waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('link', { name: 'Compare the two' }).click();
      await page.getByRole('table', { name: 'Params' }).waitFor();
      expect(await faultsOf(page)).toEqual([]);
    });

    test('a run, live and ended', async () => {
      await page.goto(`${url}#/run/${secondRun}`);
      await page.getByText('7 of 7').waitFor();
      await unfold(page);
      expect(await faultsOf(page)).toEqual([]);
      const gate = project.at(`open-${colorScheme}`);
      const run = project.start(['run', 'pipelines/p.yaml', 'gated', '-p', `gate=${gate}`]);
      await page.goto(url);
      await page.getByRole('row', { name: 'running' }).getByRole('link').click();
      await page
        .locator('#instances')
        .getByRole('row', { name: 'gated' })
        .getByText('running')
        .waitFor();
      expect(await faultsOf(page)).toEqual([]);
      project.write({ [`open-${colorScheme}`]: '' });
      await run.ended;
    });

    test('an instance with its curve, its log, its reasons and a look into its artifact', async () => {
      await page.goto(`${url}#/run/${secondRun}/${encodeURIComponent('score@seed=1')}`);
      await page.getByText('training with seed 1').waitFor();
      await page.locator('#why pre').waitFor();
      await page.getByRole('button', { name: /^Look/ }).click();
      await page.getByRole('cell', { name: '0.17' }).waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.goto(`${url}#/run/${secondRun}/folder`);
      await page.getByRole('button', { name: /^Look/ }).click();
      await page.getByRole('button', { name: 't.tsv' }).click();
      await page.getByRole('cell', { name: '2' }).waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.goto(`${url}#/run/${secondRun}/broken`);
      await page.getByText('about to fail').waitFor();
      expect(await faultsOf(page)).toEqual([]);
    });

    test('what is not there', async () => {
      await page.goto(`${url}#/run/20200101-000000-000000`);
      await page.getByText('There is no such run').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.goto(`${url}#/run/${secondRun}/nothing`);
      await page.getByText('There is no such instance').waitFor();
      expect(await faultsOf(page)).toEqual([]);
    });
  },
);
