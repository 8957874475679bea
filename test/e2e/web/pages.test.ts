// The live view as a person uses it: a real browser clicks through.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
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

/** The texts of a table's cells, row by row. */
const table = async (name: string) =>
  (await page.getByRole('table', { name }).getByRole('row').allInnerTexts()).map((row) =>
    row.split('\t').map((cell) => cell.trim()),
  );

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

  test('compares two runs: it names both, and shows params, metrics and causes', async () => {
    await page.goto(url);
    await page.getByLabel(`Compare ${firstRun}`).check();
    await page.getByLabel(`Compare ${secondRun}`).check();
    await page.getByRole('link', { name: 'Compare the two' }).click();
    await page.getByRole('table', { name: 'Params' }).waitFor();
    const runs = await table('The two runs');
    expect(runs.map((row) => [row[0], row[1], row[3]])).toEqual([
      ['which', 'run', 'outcome'],
      ['first run', firstRun, '✔ ok'],
      ['second run', secondRun, '✔ ok'],
    ]);
    expect(runs[2]?.[6]).toContain('-p gain=7');
    expect(await table('Params')).toEqual([
      ['param', 'first run', 'second run'],
      ['gain', '5', '7'],
    ]);
    expect(await table('Metrics')).toEqual([
      ['instance', 'metric', 'first run', 'second run', 'difference'],
      ['score@seed=0', 'accuracy', '0.05', '0.07', '0.02'],
      ['score@seed=1', 'accuracy', '0.15', '0.17', '0.02'],
    ]);
    expect(await table('Causes')).toEqual([
      ['what', 'name', 'first run', 'second run', 'instances'],
      ['command', 'argv', '5', '7', 'score@seed=0\nscore@seed=1'],
    ]);
    await page.getByText('2 changed, 1 because of their inputs').waitFor();
    const followers = page.getByRole('heading', { name: 'Changed only because' }).locator('..');
    expect(await followers.getByRole('link').allInnerTexts()).toEqual(['folder']);
    expect(errors).toEqual([]);
  });

  test('compares a run with one that has fewer results: it says how each instance ended', async () => {
    project.write({ 'folder.sh': 'exit 3\n' });
    const { run_id: failed } = await project.runJson('-p', 'seeds=1,2');
    await page.goto(`${url}#/compare/${secondRun}/${failed}`);
    await page.getByRole('table', { name: 'The two runs' }).waitFor();
    expect(await table('No result in at least one run')).toEqual([
      ['first run', 'second run', 'instances'],
      ['ran', 'failed', 'folder'],
    ]);
    for (const [title, id] of [
      ['Only in the first run', 'score@seed=0'],
      ['Only in the second run', 'score@seed=2'],
    ] as const) {
      const section = page.getByRole('heading', { name: title }).locator('..');
      expect(await section.getByRole('link').allInnerTexts()).toEqual([id]);
    }
    // The log of a failure comes before everything else.
    await page.goto(`${url}#/run/${failed}/folder`);
    await page.getByRole('heading', { name: 'Log' }).waitFor();
    expect((await page.getByRole('heading', { level: 2 }).allInnerTexts())[0]).toBe('Log');
    expect(errors).toEqual([]);
  });
});
