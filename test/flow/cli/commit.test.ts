import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunPage } from '../../../src/flow/web/model/page.ts';
import { ToyProject, toyFiles } from './toy-project.ts';

// What shows the commit that a run's record holds.

const id = '0123456789abcdef0123456789abcdef01234567';

let project: ToyProject;
let run: string;

beforeEach(async () => {
  project = new ToyProject(toyFiles);
  run = String((await project.json('run', 'pipelines/toy.yaml', '-q'))['run_id']);
});
afterEach(() => project.remove());

function record(clean: boolean): void {
  const name = `cache/runs/${run}/run.json`;
  const known = JSON.parse(readFileSync(project.path(name), 'utf8')) as object;
  project.write({ [name]: JSON.stringify({ ...known, commit: { id, clean } }) });
}

interface Entity {
  readonly '@type': string | readonly string[];
  readonly version?: string;
}

async function workflow(crate: string): Promise<Entity | undefined> {
  await project.flow('export', '--ro-crate', '-o', crate);
  const text = readFileSync(project.path(`${crate}/ro-crate-metadata.json`), 'utf8');
  const graph = (JSON.parse(text) as { '@graph': Entity[] })['@graph'];
  return graph.find((entity) => entity['@type'].includes('ComputationalWorkflow'));
}

async function pageOf(file: string): Promise<{ html: string; page: RunPage }> {
  await project.flow('report', '-o', file);
  const html = readFileSync(project.path(file), 'utf8');
  const data = /<script type="application\/json" id="page">(.*?)<\/script>/s.exec(html)?.[1];
  return { html, page: JSON.parse(data ?? '') as RunPage };
}

describe('the commit of a run', () => {
  test('is in its status, its report and its crate', async () => {
    record(true);
    expect((await project.flow('status')).stdout).toContain('\ncommit 0123456789ab\n');
    expect(await project.json('status')).toMatchObject({ commit: { id, clean: true } });
    const { html, page } = await pageOf('clean.html');
    expect(page.commit).toEqual({ id, clean: true });
    expect(html).toContain('<dt>commit</dt><dd>0123456789ab</dd>');
    expect(await workflow('crate')).toMatchObject({ version: id });
  });

  test('is told with the changes that it does not hold', async () => {
    record(false);
    const text = '0123456789ab with uncommitted changes';
    expect((await project.flow('status')).stdout).toContain(`\ncommit ${text}\n`);
    expect((await pageOf('changed.html')).html).toContain(`<dd>${text}</dd>`);
    expect(await workflow('crate')).toMatchObject({ version: `${id}-dirty` });
  });

  test('is not mentioned where none was recorded', async () => {
    expect((await project.flow('status')).stdout).not.toContain('commit');
    expect(await project.json('status')).not.toHaveProperty('commit');
    const { html, page } = await pageOf('none.html');
    expect(page).not.toHaveProperty('commit');
    expect(html).not.toContain('<dt>commit</dt>');
    expect(await workflow('crate')).not.toHaveProperty('version');
  });
});
