import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineContext } from '../../../../src/flow/engine/context.ts';
import { planRun } from '../../../../src/flow/engine/explain/plan.ts';
import { digestBytes, hexOf } from '../../../../src/flow/key/digest.ts';
import { ofType, World } from '../world.ts';

const stages = `
stages:
  a: { sh: 'cat \${inputs.w} - <<< a > \${outputs.o}', inputs: { w: ./w.txt }, outputs: { o: a.txt } }
  b: { sh: 'cat \${inputs.i} - <<< b > \${outputs.o}', inputs: { i: a.o }, outputs: { o: b.txt } }
`;

/** Longer than any file's times are distrusted. */
const later = 10_000;

async function ranOnce(): Promise<World> {
  const world = new World();
  world.write({ 'w.txt': 'words\n' });
  await world.run(stages);
  return world;
}

/** Plans, and counts the records that it reads. */
async function records(world: World): Promise<{ readonly read: number; readonly hits: number }> {
  let read = 0;
  const counting = (ctx: EngineContext): EngineContext => {
    const { store } = ctx;
    const action = store.action.bind(store);
    store.action = (key) => {
      read += 1;
      return action(key);
    };
    return ctx;
  };
  const plan = await world.with(await world.dag(stages), (ctx) => planRun(counting(ctx)));
  return { read, hits: plan.hits };
}

function record(world: World, stage: string): string {
  const folder = world.at('cache/actions');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.join(folder, name));
  const found = files.find((file) => readFileSync(file, 'utf8').includes(`"stage":"${stage}"`));
  if (found === undefined) throw new Error(`no record of ${stage}`);
  return found;
}

describe('what was looked up before', () => {
  it('is not read again', async () => {
    const world = await ranOnce();
    world.ahead = later;
    expect(await records(world)).toEqual({ read: 2, hits: 2 });
    expect(await records(world)).toEqual({ read: 0, hits: 2 });
  });

  it('is known from the run that made it, once its records are old enough', async () => {
    const world = new World();
    world.write({ 'w.txt': 'words\n' });
    // The run ends so much later than its records were written.
    await world.run(stages, {
      emit: (event) => {
        if (event.type === 'run-finished') world.ahead = later;
      },
    });
    expect(await records(world)).toEqual({ read: 0, hits: 2 });
  });

  it('is read again while a second change of its record could go unseen', async () => {
    const world = await ranOnce();
    expect(await records(world)).toEqual({ read: 2, hits: 2 });
    expect(await records(world)).toEqual({ read: 2, hits: 2 });
    world.ahead = later;
    await records(world);
    expect(await records(world)).toEqual({ read: 0, hits: 2 });
    // A clock that was set back.
    world.ahead = 0;
    expect(await records(world)).toEqual({ read: 2, hits: 2 });
  });

  it('counts for nothing once its record is damaged, even with its size and mtime', async () => {
    const world = await ranOnce();
    const file = record(world, 'a');
    utimesSync(file, 1_000_000_000, 1_000_000_000);
    world.ahead = later;
    await records(world);
    expect(await records(world)).toEqual({ read: 0, hits: 2 });
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('"stage":"a"', '"stage":"z"'));
    utimesSync(file, 1_000_000_000, 1_000_000_000);
    expect(await records(world)).toEqual({ read: 1, hits: 0 });
    const ran = await world.run(stages);
    expect(ran.outcomes).toEqual({ a: 'ran', b: 'hit' });
  });

  it('counts for nothing once its record or its blob is gone', async () => {
    const world = await ranOnce();
    world.ahead = later;
    await records(world);
    rmSync(record(world, 'b'));
    expect((await world.run(stages)).outcomes).toEqual({ a: 'hit', b: 'ran' });
    rmSync(world.at('cache/cas'), { recursive: true });
    const ran = await world.run(stages);
    expect(ran.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(ofType(ran, 'warning').map(({ code }) => code)).toContain('damaged');
  });

  it('counts for nothing in a long pipeline, too, where all is looked at in one go', async () => {
    const many = `
stages:
  s: { sh: 'echo \${n} > \${outputs.o}', matrix: { n: [${Array.from({ length: 60 }, (_, n) => n).join(', ')}] }, outputs: { o: o.txt } }
`;
    const world = new World();
    await world.run(many);
    world.ahead = later;
    await world.run(many);
    const digest = hexOf(digestBytes('55\n'));
    rmSync(world.at(`cache/cas/${digest.slice(0, 2)}/${digest}`));
    const ran = await world.run(many);
    expect(ran.summary).toMatchObject({ hit: 59, ran: 1 });
    expect(ran.outcomes['s@n=55']).toBe('ran');
  });

  it('gives way to another source, also when it comes back', async () => {
    const world = await ranOnce();
    world.ahead = later;
    await records(world);
    world.write({ 'w.txt': 'other\n' });
    expect((await world.run(stages)).outcomes).toEqual({ a: 'ran', b: 'ran' });
    world.write({ 'w.txt': 'words\n' });
    expect((await world.run(stages)).outcomes).toEqual({ a: 'hit', b: 'hit' });
  });

  it('can be deleted or damaged: it is looked up anew', async () => {
    const world = await ranOnce();
    world.ahead = later;
    await records(world);
    const memo = world.at('cache/memo/m-lookups-p.json');
    writeFileSync(memo, readFileSync(memo, 'utf8').replace('"f', '"x'));
    expect(await records(world)).toEqual({ read: 2, hits: 2 });
    rmSync(world.at('cache/memo'), { recursive: true });
    expect(await records(world)).toEqual({ read: 2, hits: 2 });
  });
});
