import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ofType, World } from './world.ts';

const stages = `
stages:
  slow:
    sh: 'echo x >> "$T/runs"; touch "$T/begun"; until [ -e "$T/go" ]; do sleep 0.02; done; echo 1 > \${outputs.o}'
    env: [T]
    outputs: { o: o.txt }
  free: { sh: 'echo 2 > \${outputs.o}', outputs: { o: o.txt } }
`;

describe('two runs on one cache', () => {
  it('compute an equal key once; the second names the holder, works on meanwhile, and adopts', async () => {
    const world = new World();
    world.env['T'] = world.root;
    const first = world.run(stages, { jobs: 1 });
    while (!existsSync(world.at('begun'))) await new Promise((resolve) => setTimeout(resolve, 10));
    const second = await world.run(stages, {
      jobs: 1,
      emit: (event) => {
        if (event.type === 'finished' && event.id === 'free') world.write({ go: '' });
      },
    });
    expect((await first).outcomes).toEqual({ slow: 'ran', free: 'hit' });
    expect(second.outcomes).toEqual({ slow: 'hit', free: 'ran' });
    expect(ofType(second, 'waiting')).toMatchObject([
      { id: 'slow', holder: expect.stringContaining(`pid ${process.pid}`) },
    ]);
    expect(world.read('runs')).toBe('x\n');
  });

  it('computes it after all when the other failed', async () => {
    const world = new World();
    world.env['T'] = world.root;
    const flaky = `
stages:
  s:
    sh: 'echo x >> "$T/runs"; touch "$T/begun"; until [ -e "$T/go" ]; do sleep 0.02; done; [ $(wc -l < "$T/runs") = 2 ] || exit 1; echo 1 > \${outputs.o}'
    env: [T]
    outputs: { o: o.txt }
`;
    const first = world.run(flaky);
    while (!existsSync(world.at('begun'))) await new Promise((resolve) => setTimeout(resolve, 10));
    const second = world.run(flaky, {
      emit: (event) => {
        if (event.type === 'waiting') world.write({ go: '' });
      },
    });
    expect((await first).outcomes).toEqual({ s: 'failed' });
    expect((await second).outcomes).toEqual({ s: 'ran' });
  });
});
