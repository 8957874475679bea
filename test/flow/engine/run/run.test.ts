import { chmodSync, cpSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ActionKey } from '../../../../src/flow/core/ids.ts';
import { ofType, started, World } from '../world.ts';

const twoStages = `
stages:
  sort:
    sh: 'sort \${inputs.words} > \${outputs.sorted}'
    inputs: { words: ./words.txt }
    outputs: { sorted: sorted.txt }
  count:
    sh: 'wc -l < \${inputs.lines} > \${outputs.count}'
    inputs: { lines: sort.sorted }
    outputs: { count: count.txt }
`;

describe('run', () => {
  it('runs what is new, and nothing the second time', async () => {
    const world = new World();
    world.write({ 'words.txt': 'b\na\n' });
    const first = await world.run(twoStages);
    expect(first.exitCode).toBe(0);
    expect(first.outcomes).toEqual({ sort: 'ran', count: 'ran' });
    expect(await world.output(first, 'sort', 'sorted')).toBe('a\nb\n');
    expect((await world.output(first, 'count', 'count')).trim()).toBe('2');

    const second = await world.run(twoStages);
    expect(second.outcomes).toEqual({ sort: 'hit', count: 'hit' });
    expect(started(second)).toEqual([]);
    expect(second.summary).toMatchObject({ ok: true, ran: 0, hit: 2 });
    expect(second.summary.instances.map(({ outputs }) => outputs)).toEqual(
      first.summary.instances.map(({ outputs }) => outputs),
    );
  });

  it('stops a change where an upstream writes the same bytes', async () => {
    const world = new World();
    world.write({ 'words.txt': 'b\na\n' });
    await world.run(twoStages);
    world.write({ 'words.txt': 'a\nb\n' });
    const ran = await world.run(twoStages);
    expect(ran.outcomes).toEqual({ sort: 'ran', count: 'hit' });
  });

  it('emits each event once and the end last, and records them', async () => {
    const world = new World();
    world.write({ 'words.txt': 'b\na\n' });
    const ran = await world.run(twoStages);
    const of = (id: string): readonly string[] =>
      ran.events.flatMap((event) => ('id' in event && event.id === id ? [event.type] : []));
    const each = ['queued', 'started', 'computed', 'finished'];
    expect([of('sort'), of('count')]).toEqual([each, each]);
    expect([ran.events[0]?.type, ran.events.at(-1)?.type]).toEqual(['run-started', 'run-finished']);
    expect(ran.events).toHaveLength(10);
    const recorded = world.read(`cache/runs/${ran.summary.run_id}/events.ndjson`);
    expect(
      recorded
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(ran.events);
    const record = JSON.parse(world.read(`cache/runs/${ran.summary.run_id}/run.json`));
    expect(record).toMatchObject({ state: 'ok', summary: { ran: 2 } });
  });

  it('runs a ts stage over its contract', async () => {
    const world = new World();
    world.write({
      'stages/double.ts': `
import { readFileSync, writeFileSync, appendFileSync } from 'node:fs';
import { twice } from './twice.ts';
const stage = JSON.parse(readFileSync(process.env['FLOW_STAGE'] as string, 'utf8'));
appendFileSync(process.env['FLOW_EVENTS'] as string, JSON.stringify({ type: 'note', text: 'here' }) + '\\n');
writeFileSync(stage.outputs.out, String(twice(stage.params.n)));
`,
      'stages/twice.ts': 'export const twice = (n: number): number => 2 * n;\n',
    });
    const stages = `
params: { n: 21 }
stages:
  double: { ts: stages/double.ts, params: [n], outputs: { out: out.txt } }
`;
    const ran = await world.run(stages);
    expect(ran.outcomes).toEqual({ double: 'ran' });
    expect(await world.output(ran, 'double', 'out')).toBe('42');
    expect(ofType(ran, 'note').map(({ text }) => text)).toEqual(['here']);

    world.write({
      'stages/twice.ts': '// said\nexport const twice = (n: number): number => 2 * n;\n',
    });
    expect((await world.run(stages)).outcomes).toEqual({ double: 'hit' });
    world.write({ 'stages/twice.ts': 'export const twice = (n: number): number => n + n;\n' });
    expect((await world.run(stages)).outcomes).toEqual({ double: 'ran' });
  });

  it('hands a collected input over as several words, sorted by axes', async () => {
    const world = new World();
    const ran = await world.run(`
params: { n: [1, 2, 10] }
stages:
  part: { matrix: { k: '\${n}' }, sh: 'echo \${k} > \${outputs.o}', outputs: { o: o.txt } }
  all:
    cmd: [sh, -c, 'cat "$@" > out/all.txt; cat stage.json >> out/all.txt', sh, '\${inputs.parts}']
    inputs: { parts: { from: part.o, collect: [k] } }
    outputs: { all: all.txt }
`);
    const text = await world.output(ran, 'all', 'all');
    expect(text.split('\n').slice(0, 3).sort()).toEqual(['1', '10', '2']);
    const stage = JSON.parse(text.slice(text.indexOf('{')));
    expect(stage.inputs.parts).toHaveLength(3);
    expect(stage.inputs.parts[0]).toEqual({
      axes: { k: expect.any(Number) },
      path: 'in/parts/0000/o.txt',
    });
    expect(ran.summary.ran).toBe(4);
  });

  it('runs equal keys once within one run', async () => {
    const world = new World();
    const ran = await world.run(`
params: { x: 1 }
stages:
  a: { sh: 'echo \${x} > \${outputs.o}; echo ran', params: [x], outputs: { o: o.txt } }
  b: { sh: 'echo \${x} > \${outputs.o}; echo ran', params: [x], outputs: { o: o.txt } }
`);
    expect(Object.values(ran.outcomes).sort()).toEqual(['hit', 'ran']);
    expect(started(ran)).toEqual(['a']);
  });

  it('tells a stage nothing that is not in its key: not its name', async () => {
    const stage = "{ sh: 'cat stage.json > ${outputs.o}', outputs: { o: o.txt } }";
    const world = new World();
    const [alone, both] = [`stages: { b: ${stage} }`, `stages: { a: ${stage}, b: ${stage} }`];
    const told = await world.output(await world.run(alone), 'b', 'o');
    expect(Object.keys(JSON.parse(told) as object)).toEqual([
      'contract',
      'params',
      'inputs',
      'outputs',
      'checkpoint',
    ]);
    expect((await world.run(both)).outcomes).toEqual({ a: 'hit', b: 'hit' });
  });

  it('gives a stage the environment of the contract and no more', async () => {
    const world = new World();
    world.env['SECRET'] = 'leaks';
    world.env['DECLARED'] = 'yes';
    const ran = await world.run(`
stages:
  env: { cmd: [sh, -c, 'env | cut -d= -f1 | sort > out/env.txt'], env: [DECLARED], outputs: { o: env.txt } }
`);
    const names = (await world.output(ran, 'env', 'o')).trim().split('\n');
    // The shell adds PWD and its like.
    expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name))).toEqual([
      'DECLARED',
      'FLOW_EVENTS',
      'FLOW_STAGE',
      'GIT_CEILING_DIRECTORIES',
      'HOME',
      'LC_ALL',
      'PATH',
      'PYTHONUNBUFFERED',
      'TMPDIR',
      'TZ',
    ]);
  });

  it('runs a probe once and keeps its standard output as an artifact', async () => {
    const world = new World();
    const stages = `
probes:
  host: { cmd: [sh, -c, 'echo noise >&2; echo fact'] }
stages:
  use: { sh: 'cat \${inputs.host} > \${outputs.o}', inputs: { host: probe.host }, outputs: { o: o.txt } }
`;
    const ran = await world.run(stages);
    expect(ran.exitCode).toBe(0);
    expect(await world.output(ran, 'use', 'o')).toBe('fact\n');
    expect((await world.run(stages)).summary).toMatchObject({ ran: 0, hit: 2 });
  });

  it('runs a probe in the project, with its contract, and asks it again of another program', async () => {
    const world = new World();
    for (const version of ['1', '2']) {
      world.write({ [`tools${version}/asked`]: `#!/bin/sh\necho ${version}\n` });
      chmodSync(path.join(world.root, `tools${version}/asked`), 0o755);
    }
    world.write({
      'stages/probe.ts': `import { readFileSync } from 'node:fs';
const { params } = JSON.parse(readFileSync(process.env.FLOW_STAGE ?? '', 'utf8'));
console.log(process.cwd(), params.a, import.meta.url.includes('/code/stages/'));
`,
    });
    const stages = `
params: { a: 7 }
probes:
  where: { ts: stages/probe.ts, params: [a] }
  tool: { sh: 'pwd; asked' }
stages:
  use: { sh: 'cat \${inputs.where} \${inputs.tool} > \${outputs.o}', inputs: { where: probe.where, tool: probe.tool }, outputs: { o: o.txt } }
`;
    const PATH = world.env['PATH'] ?? '';
    const answer = async (version: string): Promise<string> => {
      world.env['PATH'] = `${path.join(world.root, `tools${version}`)}:${PATH}`;
      return world.output(await world.run(stages), 'use', 'o');
    };
    const said = (version: string): string => `${world.root} 7 true\n${world.root}\n${version}\n`;
    expect(await answer('1')).toBe(said('1'));
    expect(await answer('2')).toBe(said('2'));
    expect((await world.run(stages)).summary).toMatchObject({ ran: 0, hit: 3 });
  });

  it('lays project code out so that its own paths resolve', async () => {
    const world = new World();
    world.write({
      'tools/main.sh': '. tools/lib.sh\nsay > out/o.txt\n',
      'tools/lib.sh': 'say() { echo lib; }\n',
    });
    const stages = `
stages:
  s: { cmd: [sh, tools/main.sh], code: ['tools/**'], outputs: { o: o.txt } }
`;
    const ran = await world.run(stages);
    expect(ran.outcomes).toEqual({ s: 'ran' });
    expect(await world.output(ran, 's', 'o')).toBe('lib\n');
    world.write({ 'tools/lib.sh': 'say() { echo other; }\n' });
    expect((await world.run(stages)).outcomes).toEqual({ s: 'ran' });
  });

  it('finds its results again after the project was moved', async () => {
    const world = new World();
    world.write({
      'words.txt': 'b\na\n',
      'stages/s.ts': `
import { writeFileSync } from 'node:fs';
import { text } from './text.ts';
writeFileSync('out/o.txt', text);
`,
      'stages/text.ts': 'export const text = "t";\n',
    });
    const stages = `${twoStages}  ts: { ts: stages/s.ts, outputs: { o: o.txt } }\n`;
    expect((await world.run(stages)).summary.ran).toBe(3);
    const elsewhere = new World();
    cpSync(world.root, elsewhere.root, { recursive: true });
    expect((await elsewhere.run(stages)).summary).toMatchObject({ ran: 0, hit: 3 });
  });

  it('records what a stage used, of all its processes', async () => {
    const world = new World();
    const ran = await world.run(`
stages:
  s:
    sh: |
      '${process.execPath}' -e 'const b = Buffer.alloc(150e6, 1); const t = Date.now(); while (Date.now() - t < 900 || process.cpuUsage().user < 500e3) b[0]++; '
      echo > \${outputs.o}
    outputs: { o: o.txt }
`);
    const [{ key } = {}] = ran.summary.instances;
    const execution = await world.store(
      async (store) => (await store.action(key as ActionKey))?.execution,
    );
    expect(execution?.maxRssBytes).toBeGreaterThan(150e6);
    expect(execution?.maxRssBytes).toBeLessThan(1e9);
    expect(execution?.cpuMs).toBeGreaterThan(100);
  });
});
