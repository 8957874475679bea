// A run for others: the crate says what happened, nothing that is private, and is valid by its profiles.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Project } from '../rig/project.ts';

/** A Python that has PyPI's roc-validator and rocrate. */
const python = process.env['ROC_PYTHON'];
const validator = fileURLToPath(new URL('../fixtures/ro-crate/validate.py', import.meta.url));

const SECRET = 'hunter2-hunter2';

interface Entity {
  readonly '@id': string;
  readonly '@type': string | readonly string[];
  readonly [property: string]: unknown;
}

let project: Project;
let outside: Project;
let graph: readonly Entity[];

beforeAll(async () => {
  project = new Project();
  outside = new Project();
  outside.write({ 'secret-place/words.txt': 'b\na\n' });
  project.pipeline(`
description: Sorts words
params:
  words: { type: path, default: none }
  seeds: [0, 1]
stages:
  sort:
    description: Into the order of bytes
    sh: "sort \${inputs.words} > \${outputs.sorted}; echo $TOKEN >&2"
    secrets: [TOKEN]
    inputs: { words: "\${words}" }
    outputs: { sorted: sorted.txt }
  count:
    matrix: { seed: "\${seeds}" }
    sh: "wc -l < \${inputs.sorted} > \${outputs.n}"
    params: [seeds]
    inputs: { sorted: sort.sorted }
    outputs: { n: n.txt }
  fail:
    sh: "echo ${SECRET}; exit 3"
    inputs: { sorted: sort.sorted }
    outputs: { never: never.txt }
targets: [count]
exports: { results/sorted.txt: sort.sorted }
`);
  const words = outside.at('secret-place', 'words.txt');
  const args = ['run', 'pipelines/p.yaml', '-p', `words=${words}`];
  const ran = await project.flow(args, { TOKEN: SECRET });
  expect(ran).toMatchObject({ code: 0 });
  await project.flow(['export', '--ro-crate', '-o', 'crate']);
  graph = graphOf('crate');
});

afterAll(() => {
  project.close();
  outside.close();
});

function graphOf(crate: string): readonly Entity[] {
  const text = project.read(`${crate}/ro-crate-metadata.json`);
  return (JSON.parse(text) as { '@graph': Entity[] })['@graph'];
}

interface Recorded {
  readonly execution: { readonly startedAt: string; readonly wallMs: number };
}

/** What the cache holds of an instance's result. */
async function recordOf(id: string): Promise<Recorded> {
  const { stdout } = await project.flow(['show', id, '--json']);
  return (JSON.parse(stdout) as { result: Recorded }).result;
}

const entity = (id: string): Entity => {
  const found = graph.find((each) => each['@id'] === id);
  if (found === undefined) throw new Error(`no entity ${id}`);
  return found;
};

describe('an exported run', () => {
  test('carries the pipeline and the exports, each with its SHA-256', () => {
    for (const name of ['pipelines/p.yaml', 'results/sorted.txt']) {
      const bytes = readFileSync(project.at('crate', name));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(entity(name)).toMatchObject({ sha256, contentSize: String(bytes.length) });
    }
  });

  test('names every file by its digest, carried or not', () => {
    const files = graph.filter((each) => [each['@type']].flat().includes('File'));
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter(({ sha256 }) => !/^[0-9a-f]{64}$/.test(String(sha256)))).toEqual([]);
  });

  test('leads from a result to what made it of what', () => {
    const sort = entity('#action/sort');
    expect(sort).toMatchObject({ '@type': 'CreateAction', instrument: { '@id': '#tool/sort' } });
    const [made] = sort['result'] as { '@id': string }[];
    const [read] = entity(`#action/${encodeURIComponent('count@seed=1')}`)['object'] as {
      '@id': string;
    }[];
    expect(read).toEqual(made);
    expect(made?.['@id']).toMatch(/^ni:\/\/\/sha-256;/);
  });

  test('has every reference that it makes to itself', () => {
    const ids = new Set(graph.map((each) => each['@id']));
    const refs: string[] = [];
    const visit = (value: unknown): void => {
      if (value === null || typeof value !== 'object') return;
      if ('@id' in value && Object.keys(value).length === 1) refs.push(String(value['@id']));
      for (const inner of Object.values(value)) visit(inner);
    };
    for (const each of graph) visit(each);
    const own = refs.filter((id) => !/^https?:/.test(id));
    expect(own.filter((id) => !ids.has(id))).toEqual([]);
  });

  test('has the sources and params as what went in, and the exports as what came out', () => {
    const run = graph.find((each) => String(each['@id']).startsWith('#run/')) as Entity;
    const ids = (name: string) => (run[name] as { '@id': string }[]).map((each) => each['@id']);
    expect(run).toMatchObject({ instrument: { '@id': 'pipelines/p.yaml' } });
    expect(ids('result')).toEqual(['results/sorted.txt']);
    const read = ids('object').map((id) => entity(id)['name']);
    expect(read).toEqual(['words', 'seeds', '…/words.txt']);
    const [source] = ids('object')
      .filter((id) => id.startsWith('ni:'))
      .map(entity);
    const sha256 = createHash('sha256').update('b\na\n').digest('hex');
    expect(source).toMatchObject({ '@type': 'File', sha256 });
  });

  test('says when each result was made, and for how long it was worked on', async () => {
    const began = Date.now();
    for (const id of ['sort', 'count@seed=0', 'count@seed=1']) {
      const action = entity(`#action/${encodeURIComponent(id)}`);
      const [start, end] = ['startTime', 'endTime'].map((name) => Date.parse(String(action[name])));
      const { execution } = await recordOf(id);
      expect(start).toBe(Date.parse(execution.startedAt));
      expect(end).toBe((start ?? 0) + execution.wallMs);
      expect(end).toBeLessThanOrEqual(began);
    }
  });

  test('of a hit, says which run made the result that it took', async () => {
    const words = outside.at('secret-place', 'words.txt');
    await project.flow(['run', 'pipelines/p.yaml', '-p', `words=${words}`, '-p', 'seeds+=2'], { TOKEN: SECRET }); // prettier-ignore
    await project.flow(['export', '--ro-crate', '-o', 'later']);
    const later = graphOf('later');
    const about = (id: string) =>
      later.find((each) => each['@id'] === `#action/${encodeURIComponent(id)}`)?.['description'];
    const first = graph.find((each) => String(each['@id']).startsWith('#run/'))?.['@id'];
    expect(about('sort')).toMatch(new RegExp(`; result of run ${first?.slice('#run/'.length)}$`));
    expect(about('count@seed=2')).not.toContain('taken from');
  });

  test('tells no secret, no host and no path outside the project', () => {
    const texts = readdirSync(project.at('crate'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => project.read(path.join('crate', name)));
    for (const text of texts) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toMatch(new RegExp(`\\b${hostname().replaceAll('.', '\\\\.')}\\b`));
      expect(text).not.toContain('secret-place');
      expect(text).not.toContain(outside.root);
      expect(text).not.toContain(project.root);
    }
    expect(entity('#value/words')['value']).toBe('…/words.txt');
  });

  test('says that nobody stated a licence, unless somebody did', async () => {
    expect(entity('./')['license']).toEqual({ '@id': '#license' });
    const license = 'https://spdx.org/licenses/CC-BY-4.0';
    await project.flow(['export', '--ro-crate', '-o', 'licensed', '--license', license]);
    expect(project.read('licensed/ro-crate-metadata.json')).toContain(license);
  });

  test('is refused where the folder exists, and for a run that is not there', async () => {
    const again = await project.flow(['export', '--ro-crate', '-o', 'crate']);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('crate exists');
    expect((await project.flow(['export'])).code).toBe(2);
  });

  test('of a run that failed, says what failed', async () => {
    const ended = await project.flow([
      'run', 'pipelines/p.yaml', 'fail', '-p', `words=${outside.at('secret-place', 'words.txt')}`,
    ]); // prettier-ignore
    expect(ended.code).toBe(1);
    await project.flow(['export', '--ro-crate', '-o', 'failed']);
    const { '@graph': failed } = JSON.parse(project.read('failed/ro-crate-metadata.json')) as {
      '@graph': Entity[];
    };
    expect(failed.find((each) => each['@id'] === '#action/fail')).toMatchObject({
      actionStatus: 'http://schema.org/FailedActionStatus',
      error: 'exit',
    });
    expect(project.read('failed/ro-crate-metadata.json')).not.toContain(SECRET);
  });
});

function validate(crate: string, profile: string): string {
  return execFileSync(python ?? '', [validator, project.at(crate), profile], { encoding: 'utf8' });
}

describe.skipIf(python === undefined || !existsSync(python))('by roc-validator', () => {
  test.each(['provenance-run-crate', 'workflow-run-crate', 'process-run-crate', 'ro-crate-1.1'])(
    'it is valid as a %s',
    (profile) => {
      expect(validate('crate', profile)).toBe('valid\n');
    },
  );

  test('a run that failed is valid, too', () => {
    expect(validate('failed', 'provenance-run-crate')).toBe('valid\n');
  });

  test('a crate that lacks an instrument is not', () => {
    const file = project.at('licensed', 'ro-crate-metadata.json');
    const crate = JSON.parse(readFileSync(file, 'utf8')) as { '@graph': Record<string, unknown>[] };
    for (const each of crate['@graph']) delete each['instrument'];
    writeFileSync(file, JSON.stringify(crate));
    expect(validate('licensed', 'provenance-run-crate')).toMatch(/instrument[^]*INVALID\n$/);
  });
});
