// The live view as a person uses it: a real browser clicks through.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import type { RunPage } from '../../../src/flow/web/model/page.ts';
import { hasBrowser, openBrowser, watchedPage } from '../../rig/browser.ts';
import type { Project } from '../../rig/project.ts';
import { scoresProject } from './scores.ts';

let project: Project;
let url: string;
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

/** Twelve digits of a key, as a page shows it. */
const keyOf = async (run: string, id: string): Promise<string> => {
  const { page: shown } = (await (await fetch(`${url}api/runs/${run}`)).json()) as {
    page: RunPage;
  };
  return shown.instances.find((each) => each.id === id)?.key?.slice(7, 19) ?? '';
};

describe.skipIf(!hasBrowser)('the page, in a browser', () => {
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
});
