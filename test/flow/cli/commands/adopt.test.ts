import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Project } from '../../../rig/project.ts';

let project: Project;

const adopt = (...args: readonly string[]) =>
  project.flow(['adopt', 'train', '-f', 'pipelines/p.yaml', ...args]);

beforeEach(() => {
  project = new Project();
  project.write({ 'w.txt': 'words', 'made/model/weights': 'trained', 'made/log.txt': 'log' });
  project.pipeline(`
stages:
  prepare: { sh: 'cat \${inputs.w} > \${outputs.rows}', inputs: { w: ./w.txt }, outputs: { rows: rows.txt } }
  train:
    sh: 'echo must not run; exit 3'
    inputs: { rows: prepare.rows }
    outputs: { model: model/, log: log.txt }
  use: { sh: 'cat \${inputs.m}/weights > \${outputs.o}', inputs: { m: train.model }, outputs: { o: o.txt } }
`);
});

afterEach(() => project.close());

describe('flow adopt', () => {
  it('makes files the result of an instance, which later stages read, and which is marked', async () => {
    expect((await project.flow(['run', 'pipelines/p.yaml', 'prepare'])).code).toBe(0);
    const adopted = await adopt('--outputs', 'made');
    expect(adopted.stdout).toBe('train: adopted model, log\n');
    expect(project.read('made/model/weights')).toBe('trained');
    const ran = await project.runJson();
    expect(ran).toMatchObject({ code: 0, ran: 1, hit: 2 });
    expect((await project.flow(['cat', 'use.o'])).stdout).toBe('trained');
    for (const words of [
      ['show', 'train'],
      ['show', 'train.log'],
      ['explain', 'train'],
    ]) {
      expect((await project.flow(words)).stdout).toContain('elsewhere, adopted at');
    }
    expect((await project.flow(['report', '-o', 'report.html'])).code).toBe(0);
    expect(project.read('report.html')).toContain('elsewhere, adopted at');
  });

  it('needs all inputs, names what is missing, and says what to type', async () => {
    const refused = await adopt('--outputs', 'made');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('missing: prepare');
    expect(refused.stderr).toContain('flow run pipelines/p.yaml train');
  });

  it.each([
    [{ 'made/log.txt': 'log' }, "output 'model' is missing"],
    [{ 'made/model': 'x', 'made/log.txt': 'log' }, 'is not a folder'],
    [{ 'made/model/w': 'x', 'made/log.txt/x': 'log' }, 'is not a file'],
  ])('checks every output before it stores any: %j', async (files, message) => {
    await project.flow(['run', 'pipelines/p.yaml', 'prepare']);
    const other = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name.replace('made', 'other'), text]),
    );
    project.write(other);
    const refused = await adopt('--outputs', 'other');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(message);
    expect((await project.flow(['cat', 'train.log', '-f', 'pipelines/p.yaml'])).code).toBe(1);
  });

  it('keeps a result that exists, unless it is forced', async () => {
    await project.flow(['run', 'pipelines/p.yaml', 'prepare']);
    expect((await adopt('--outputs', 'made')).code).toBe(0);
    project.write({ 'made/model/weights': 'trained again' });
    const refused = await adopt('--outputs', 'made');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('train has a result, made elsewhere, adopted at');
    expect((await adopt('--outputs', 'made', '--force')).code).toBe(0);
    expect((await project.runJson()).code).toBe(0);
    expect((await project.flow(['cat', 'use.o'])).stdout).toBe('trained again');
  });

  it.each([
    [['--outputs', 'made'], 'add -f PIPELINE'],
    [['-f', 'pipelines/p.yaml'], 'add --outputs DIR'],
  ])('says what it needs: %j', async (args, hint) => {
    const refused = await project.flow(['adopt', 'train', ...args]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(hint);
  });
});
