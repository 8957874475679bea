import { expect, it } from 'vitest';
import { World } from './world.ts';
import type { Ran } from './world.ts';

/** The most instances of a stage that ran at one time. */
function together(ran: Ran, stage: string): number {
  const running = new Set<string>();
  let most = 0;
  for (const event of ran.events) {
    if (event.type === 'started' && event.id.startsWith(stage)) running.add(event.id);
    if (event.type === 'finished') running.delete(event.id);
    most = Math.max(most, running.size);
  }
  return most;
}

/** Each runs until so many have begun. */
const stages = (pool: string, most: number): string => `
params: { k: [1, 2, 3, 4] }
stages:
  s:
    matrix: { i: '\${k}' }
    sh: 'echo >> "$T/begun"; until [ $(wc -l < "$T/begun") -ge ${most} ]; do sleep 0.02; done; sleep 0.1; echo \${i} > \${outputs.o}'
    pool: ${pool}
    env: [T]
    outputs: { o: o }
`;

it.each([
  ['a pool that nobody configured is a mutex', '{ database: 1 }', {}, 1],
  ['a pool holds as many as it was given', '{ license: 1 }', { license: 2 }, 2],
  ['memory is a pool in bytes', '{ memory: 3GB }', { memory: 7e9 }, 2],
] as const)('%s', async (_law, pool, pools, most) => {
  const world = new World();
  world.env['T'] = world.root;
  const ran = await world.run(stages(pool, most), { jobs: 4, pools });
  expect(ran.summary).toMatchObject({ ok: true, ran: 4 });
  expect(together(ran, 's')).toBe(most);
});
