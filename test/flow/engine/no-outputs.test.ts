import { describe, expect, it } from 'vitest';
import { failureOf, started, World } from './world.ts';

const pipeline = (text: string): string => `
stages:
  make: { sh: 'echo ${text} > \${outputs.o}', outputs: { o: o.txt } }
  upload: { sh: 'cat \${inputs.i} >> "$LOG"', inputs: { i: make.o }, env: { LOG: { key: false } } }
`;

describe('a stage without outputs', () => {
  it('runs when what it reads changes, and only then', async () => {
    const world = new World();
    world.env['LOG'] = world.at('uploaded');
    expect((await world.run(pipeline('one'))).outcomes).toEqual({ make: 'ran', upload: 'ran' });
    const again = await world.run(pipeline('one'));
    expect(again.outcomes).toEqual({ make: 'hit', upload: 'hit' });
    expect((await world.plan(pipeline('one'))).misses).toBe(0);
    expect(started(await world.run(pipeline('two')))).toEqual(['make', 'upload']);
    expect(world.read('uploaded')).toBe('one\ntwo\n');
    // An earlier state has been uploaded.
    expect(started(await world.run(pipeline('one')))).toEqual([]);
  });

  it('runs again after a failure', async () => {
    const world = new World();
    const text = pipeline('one');
    expect(failureOf(await world.run(text), 'upload')).toMatchObject({ reason: 'exit' });
    world.env['LOG'] = world.at('uploaded');
    expect(started(await world.run(text))).toEqual(['upload']);
  });
});
