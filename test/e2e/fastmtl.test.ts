// The main job on a cut-down mini, through the built CLI and real processes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '../../src/flow/core/events.ts';
import { FastmtlProject } from '../rig/fastmtl-project.ts';

let project: FastmtlProject;

beforeAll(() => {
  project = new FastmtlProject();
});

afterAll(() => project.close());

const CELL = ['select', 'train-to', 'predict-to', 'finetune', 'predict'];
const SUMMARY = ['use-data@primary=rte', 'figure@primary=rte'];
const digests = (summary: RunSummary) =>
  summary.instances.map(({ id, outputs }) => ({ id, outputs }));
const cell = (axes: string) => CELL.map((stage) => `${stage}@${axes}`);
const sorted = (ids: readonly string[]) => [...ids].sort();

describe('fig3', () => {
  test('runs to the figure, and a second run starts nothing', async () => {
    const first = await project.run('fig3');
    expect(first).toMatchObject({ ok: true, failed: 0, hit: 0 });
    expect(project.read('figures/fig3.svg').toString()).toMatch(/^<svg /);
    expect(project.read('figures/fig3.png').subarray(1, 4).toString()).toBe('PNG');
    const numbers = project.read('results/fig3.csv').toString().trim().split('\n');
    // Two cells and two baselines of one seed, under a header.
    expect(numbers).toHaveLength(5);

    const second = await project.run('fig3');
    expect(second).toMatchObject({ ok: true, ran: 0, hit: first.ran });
  });

  test('with another N neither trains a TD-MTDNN nor scores', async () => {
    const ran = await project.ran('fig3', 'NUM=30,40');
    expect(sorted(ran)).toEqual(
      sorted([
        ...cell('primary=rte,strategy=random,num=40,seed=0'),
        ...cell('primary=rte,strategy=ce,num=40,seed=0'),
        ...SUMMARY,
      ]),
    );
  });

  test('with another seed runs that seed alone', async () => {
    const ran = await project.ran('fig3', 'seeds=0,1');
    expect(ran.filter((id) => !SUMMARY.includes(id))).not.toEqual([]);
    expect(ran.filter((id) => !id.endsWith('seed=1'))).toEqual(SUMMARY);
  });

  test('with another strategy runs that strategy alone', async () => {
    const ran = await project.ran('fig3', 'strategies=random,ce,bce');
    expect(sorted(ran)).toEqual(
      sorted([
        'train-td@disc=bce,seed=0',
        'score-bce@seed=0',
        ...cell('primary=rte,strategy=bce,num=30,seed=0'),
        ...SUMMARY,
      ]),
    );
  });

  test('computes the same bytes in another clone with other --jobs', async () => {
    const other = new FastmtlProject('--jobs', '1');
    try {
      const [here, there] = [await project.run('fig3'), await other.run('fig3')];
      expect(there.hit).toBe(0);
      expect(digests(there)).toEqual(digests(here));
    } finally {
      other.close();
    }
  });
});

describe('a change of code', () => {
  test('that is a comment runs nothing', async () => {
    project.edit('src/ml/train/train.ts', (text) => `// A remark.\n${text}`);
    expect(await project.ran('fig3')).toEqual([]);
  });

  test('of a helper runs the stages that import it, and stops where the bytes are the same', async () => {
    project.edit(
      'src/ml/select/scores.ts',
      (text) => `${text}\nconsole.error('scores are read');\n`,
    );
    const stages = new Set((await project.ran('fig3')).map((id) => id.split('@')[0]));
    expect([...stages].sort()).toEqual(['score-ce', 'score-random', 'select']);
  });
});

describe('the other pipelines', () => {
  test('share the scorers and baselines of fig3, and run_all packs the submissions', async () => {
    const fig4 = await project.ran('fig4');
    const shared = new Set(['train-td', 'score-ce', 'score-random', 'split', 'prepare', 'mt-dnn']);
    expect(fig4.filter((id) => shared.has(id.split('@')[0] as string))).toEqual([]);
    expect(fig4).toContain('finetune-mt@primary=mrpc,seed=0');

    const all = await project.ran('run_all', 'submit_num=30', 'tsne_rows=10', 'tsne.perplexity=5');
    expect(all.some((id) => id.startsWith('finetune@primary=rte'))).toBe(false);
    // If no fine-tuned model is better than its TO-MTDNN, both submissions have the same key.
    expect(all.some((id) => id.startsWith('submission'))).toBe(true);
    const manifest = JSON.parse(
      project.read('final_submission/manifest.json').toString(),
    ) as unknown;
    expect(JSON.stringify(manifest)).toContain('placeholder');
    expect(project.read('final_submission/submission.zip').subarray(0, 2).toString()).toBe('PK');
  });
});
