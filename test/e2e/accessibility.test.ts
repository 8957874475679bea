// The pages as people reach them who use a keyboard, a screen reader or other colours: axe-core reads every
// page in light and dark, and one walk goes by keys alone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { faultsOf, hasBrowser, openBrowser } from '../rig/browser.ts';
import { Project } from '../rig/project.ts';
import type { Ended, Running } from '../rig/project.ts';

let project: Project;
let serving: Running;
let url: string;
let firstRun: string;
let secondRun: string;
let browser: Browser;

beforeAll(async () => {
  if (!hasBrowser) return;
  project = new Project();
  project.write({
    'words.txt': 'b\na\n',
    'score.sh': `
echo "training with seed $1"
for step in 1 2 3; do
  echo '{"type":"metric","name":"loss","value":0.'$((7 - step))',"step":'$step'}' >> "$FLOW_EVENTS"
done
echo '{ "accuracy": 0.'$1$3' }' > "$2"
`,
    'draw.sh': `echo '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"/>' > "$1"\n`,
    'folder.sh':
      'mkdir -p "$1" && printf "a\\tb\\n1\\t2\\n" > "$1/t.tsv" && echo hello > "$1/h.txt"\n',
    'fail.sh': 'echo about to fail; exit 3\n',
    'gate.sh': 'while [ ! -e "$1" ]; do sleep 0.05; done; echo done > "$2"\n',
  });
  project.pipeline(`
description: Everything that a page can show
params:
  seeds: { default: [0, 1], type: "integer[]", description: the seeds }
  gain: 5
  gate: none
stages:
  sort:
    sh: "sort \${inputs.words} > \${outputs.sorted}"
    inputs: { words: ./words.txt }
    outputs: { sorted: sorted.txt }
  score:
    description: A number a seed
    matrix: { seed: "\${seeds}" }
    cmd: [sh, score.sh, "\${seed}", "\${outputs.metrics}", "\${gain}"]
    inputs: { sorted: sort.sorted }
    outputs: { metrics: { path: metrics.json, kind: metrics } }
  draw:
    cmd: [sh, draw.sh, "\${outputs.plot}"]
    inputs: { all: { from: score.metrics, collect: [seed] } }
    outputs: { plot: { path: plot.svg, kind: figure } }
  folder:
    cmd: [sh, folder.sh, "\${outputs.things}"]
    inputs: { all: { from: score.metrics, collect: [seed] } }
    outputs: { things: things/ }
  broken:
    cmd: [sh, fail.sh]
    inputs: { things: folder.things }
    outputs: { o: o.txt }
  after:
    cmd: [sh, fail.sh]
    inputs: { o: broken.o }
    outputs: { o: o.txt }
  gated:
    cmd: [sh, gate.sh, "\${gate}", "\${outputs.o}"]
    outputs: { o: o.txt }
targets: [draw, folder]
exports: { figures/plot.svg: draw.plot }
`);
  firstRun = (await project.runJson()).run_id;
  secondRun = (await project.runJson('-p', 'gain=7', '-k', 'draw', 'after')).run_id;
  serving = project.start(['ui', '--port', '0', '--json']);
  url = await new Promise<string>((resolve, reject) => {
    serving.child.stdout?.on('data', (text: string) => {
      resolve((JSON.parse(text) as { url: string }).url);
    });
    serving.ended.then((ended: Ended) => reject(new Error(ended.stderr)), reject);
  });
  await project.flow(['report', secondRun, '-o', 'r.html']);
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
