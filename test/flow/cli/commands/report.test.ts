import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunPage } from '../../../../src/flow/web/model/page.ts';
import { Project } from '../../../rig/project.ts';

const HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"';

let project: Project;

beforeEach(() => {
  project = new Project();
  project.write({
    'words.txt': 'b\na\n',
    'score.sh': `
echo '{"type":"metric","name":"loss","value":0.5,"step":1}' >> "$FLOW_EVENTS"
echo '{"type":"metric","name":"loss","value":0.25,"step":2}' >> "$FLOW_EVENTS"
echo '{ "accuracy": { "dev": 0.'$1'5 }, "rows": '$((10 * $1 + 7))' }' > "$2"
`,
    'draw.sh': `echo '<svg xmlns="http://www.w3.org/2000/svg"/>' > "$1"\n`,
    'shout.sh': `echo '${HOSTILE}'; exit 3\n`,
    'hostile.json': JSON.stringify({ hostile: HOSTILE }),
  });
  project.pipeline(`
description: Sorts & counts <words>
params: { seeds: [0, 1], hostile: none }
stages:
  sort:
    sh: "sort \${inputs.words} > \${outputs.sorted}"
    inputs: { words: ./words.txt }
    outputs: { sorted: sorted.txt }
  score:
    matrix: { seed: "\${seeds}" }
    cmd: [sh, score.sh, "\${seed}", "\${outputs.metrics}"]
    inputs: { sorted: sort.sorted }
    outputs: { metrics: { path: metrics.json, kind: metrics } }
  draw:
    cmd: [sh, draw.sh, "\${outputs.plot}"]
    inputs: { all: { from: score.metrics, collect: [seed] } }
    outputs: { plot: { path: plot.svg, kind: figure } }
  shout:
    params: [hostile]
    cmd: [sh, shout.sh]
    outputs: { never: never.txt }
targets: [draw, shout]
exports: { figures/plot.svg: draw.plot }
`);
});

afterEach(() => project.close());

const run = (...more: readonly string[]) =>
  project.flow([
    'run',
    'pipelines/p.yaml',
    '--keep-going',
    '--params-file',
    'hostile.json',
    ...more,
  ]);

function pageOf(html: string): RunPage {
  const data = /<script type="application\/json" id="page">(.*?)<\/script>/s.exec(html)?.[1];
  return JSON.parse(data ?? '') as RunPage;
}

describe('flow report', () => {
  test('writes one file that loads nothing and says what happened', async () => {
    await run('draw', '-p', 'seeds=0,1');
    const ended = await project.flow(['report', '-o', 'r.html']);
    expect(ended).toMatchObject({ code: 0, stdout: 'r.html\n', stderr: '' });
    const html = project.read('r.html');
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    const page = pageOf(html);
    expect(page).toMatchObject({
      pipeline: 'p',
      state: 'ok',
      description: 'Sorts & counts <words>',
    });
    expect(page.instances.map(({ id, state }) => [id, state])).toEqual([
      ['sort', 'ran'],
      ['score@seed=0', 'ran'],
      ['score@seed=1', 'ran'],
      ['draw', 'ran'],
    ]);
    expect(page.params.find(({ name }) => name === 'seeds')).toMatchObject({ origin: '-p' });
    expect(page.metrics).toEqual([
      {
        stage: 'score',
        axes: ['seed'],
        columns: ['accuracy.dev', 'rows'],
        rows: [
          { id: 'score@seed=0', axes: [0], values: [0.05, 7] },
          { id: 'score@seed=1', axes: [1], values: [0.15, 17] },
        ],
      },
    ]);
    const [plot] = page.exports;
    expect(plot?.image).toMatch(/^data:image\/svg\+xml;base64,/);
    expect(page.machine.map(({ name }) => name)).toContain('Node');
    // What lies there now is not what this run made.
    project.write({
      'figures/plot.svg': '<svg xmlns="http://www.w3.org/2000/svg"><text>forged</text></svg>',
    });
    await project.flow(['report', '-o', 'later.html']);
    expect(pageOf(project.read('later.html')).exports).toEqual([{ ...plot, image: undefined }]);
  });

  test('allows by hash its own style and script, and no other', async () => {
    await run('draw');
    await project.flow(['report', '-o', 'r.html']);
    const html = project.read('r.html');
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    const hashOf = (tag: string): string => {
      const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1] ?? '';
      return createHash('sha256').update(text).digest('base64');
    };
    expect(policy).toContain(`style-src 'sha256-${hashOf('style')}';`);
    expect(policy).toContain(`script-src 'sha256-${hashOf('script')}';`);
    expect(policy).not.toContain('unsafe');
    expect(html.replace(/<script[^]*?<\/script>/g, '')).not.toMatch(/ style="/);
  });

  test('leaves nothing half written where its place is a folder', async () => {
    await run('draw');
    project.write({ 'pages/mine.txt': '' });
    const { code, stderr } = await project.flow(['report', '-o', 'pages']);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('pages is a folder'),
    });
    expect(existsSync(path.join(project.root, 'pages.part'))).toBe(false);
  });

  test('reads without its script: outcomes, metrics, params and logs are in the markup', async () => {
    await run();
    await project.flow(['report', '-o', 'r.html']);
    const markup = project.read('r.html').split('<script type="application/json"')[0] ?? '';
    for (const text of ['score@seed=1', 'accuracy.dev', '0.15', 'exit', 'flow explain shout']) {
      expect(markup).toContain(text);
    }
  });

  test('shows what a stage printed, and never runs it', async () => {
    await run();
    await project.flow(['report', '-o', 'r.html']);
    const html = project.read('r.html');
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('&lt;script>alert(1)');
    const page = pageOf(html);
    const shout = page.instances.find(({ id }) => id === 'shout');
    expect(shout).toMatchObject({ state: 'failed', log: [HOSTILE] });
    expect(page.params.find(({ name }) => name === 'hostile')?.value).toBe(HOSTILE);
  });

  test('is named by its pipeline, whatever that is called', async () => {
    const name = '</title><script>alert(3)</script>&amp;';
    project.write({
      'pipelines/odd.yaml': `version: 1\nname: ${JSON.stringify(name)}\nstages: { a: { sh: 'date > out/x', outputs: { x: x } } }\n`,
    });
    await project.flow(['run', 'pipelines/odd.yaml']);
    await project.flow(['report', '-o', 'r.html']);
    const html = project.read('r.html');
    expect(html).toContain(
      '<title>&lt;/title&gt;&lt;script&gt;alert(3)&lt;/script&gt;&amp;amp;: run',
    );
    expect(html).not.toContain('<script>alert');
  });

  test('says how to repeat what failed, under the overrides of this run', async () => {
    await run('--jobs', '1');
    await project.flow(['report', '-o', 'r.html']);
    const html = project.read('r.html');
    const { run: id } = pageOf(html);
    expect(html).toContain(
      '<code>flow run pipelines/p.yaml shout --params-file hostile.json</code>',
    );
    expect(html).toContain(`<code>flow explain shout --run ${id}</code>`);
  });

  test('shows logs without the colours and the cursor movements of a terminal', async () => {
    project.write({
      'shout.sh': `printf '\\033[31mred\\033[0m\\n10%%\\r20%%\\r\\n\\033]0;title\\007end\\001\\n'; exit 3\n`,
    });
    await run('shout');
    await project.flow(['report', '-o', 'r.html']);
    const page = pageOf(project.read('r.html'));
    expect(page.instances.find(({ id }) => id === 'shout')?.log).toEqual([
      'red',
      '20%',
      'end\ufffd',
    ]);
    const markup = project.read('r.html').split('<script type="application/json"')[0] ?? '';
    expect(markup).toContain('red\n20%\nend\ufffd</pre>');
  });

  test('of a hit, shows the curve that the run which made it told', async () => {
    await run('draw');
    await run('draw');
    await project.flow(['report', '-o', 'r.html']);
    const score = pageOf(project.read('r.html')).instances.find(({ id }) => id === 'score@seed=0');
    expect(score).toMatchObject({ state: 'hit' });
    expect(score?.curves).toEqual([{ name: 'loss', points: [[1, 0.5], [2, 0.25]] }]); // prettier-ignore
  });

  test('--trace writes slices for Perfetto, one an instance that ran', async () => {
    await run('draw');
    const ended = await project.flow(['report', '--trace', 't.json']);
    expect(ended.stdout).toBe('t.json\n');
    const { traceEvents } = JSON.parse(project.read('t.json')) as {
      traceEvents: { ph: string; name: string; ts: number; dur: number; tid: number }[];
    };
    const slices = traceEvents.filter(({ ph }) => ph === 'X');
    expect(slices.map(({ name }) => name).sort()).toEqual([
      'draw',
      'score@seed=0',
      'score@seed=1',
      'sort',
    ]);
    expect(slices.every(({ ts, dur }) => ts >= 0 && dur >= 0)).toBe(true);
    await project.flow(['report', '-o', 'r.html']);
    const { instances, startedAt: began } = pageOf(project.read('r.html'));
    for (const { name, ts, dur, tid } of slices) {
      const told = instances.find(({ id }) => id === name);
      expect({ ts, dur, tid }).toEqual({
        ts: ((told?.startedAt ?? 0) - began) * 1000,
        dur: ((told?.endedAt ?? 0) - (told?.startedAt ?? 0)) * 1000,
        tid: (told?.lane ?? 0) + 1,
      });
    }
  });

  test('of a run whose driver was killed, says that it died, and what it left undone', async () => {
    project.write({ 'wait.sh': 'echo begun; touch begun; sleep 600\n' });
    project.pipeline(`
stages:
  first: { sh: "date > \${outputs.x}", outputs: { x: x } }
  wait: { cmd: [sh, wait.sh], inputs: { x: first.x }, outputs: { y: y } }
`);
    const { child, ended } = project.start(['run', 'pipelines/p.yaml']);
    for (let waited = 0; waited < 30_000; waited += 50) {
      const log = project.files('cache/runs').find((name) => name.includes('wait.1.log'));
      if (log !== undefined && project.read(`cache/runs/${log}`).includes('begun')) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill('SIGKILL');
    await ended;
    await project.flow(['report', '-o', 'r.html']);
    const page = pageOf(project.read('r.html'));
    expect(page.state).toBe('died');
    expect(page.endedAt).toBeUndefined();
    expect(page.instances.map(({ id, state }) => [id, state])).toEqual([
      ['first', 'ran'],
      ['wait', 'cancelled'],
    ]);
  });

  test('without a run, or for a run that is not there, says so', async () => {
    expect(await project.flow(['report'])).toMatchObject({ code: 1 });
    await run('sort');
    const ended = await project.flow(['report', '20200101-000000-000000']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('there is no run');
    const nowhere = await project.flow(['report', '-o', 'gone/r.html']);
    expect(nowhere.code).toBe(3);
    expect(nowhere.stderr).toContain(
      `cannot write gone/r.html: there is no folder ${project.at('gone')}`,
    );
  });
});
