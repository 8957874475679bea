import { expect, it } from 'vitest';
import { World } from '../world.ts';
import type { Ran } from '../world.ts';

/** The most instances of a stage that ran at one time. */
function together(ran: Ran, stage: string): number {
  const running = new Set<string>();
  let most = 0;
  for (const event of ran.events) {
    if (event.type === 'started' && event.id.startsWith(stage)) running.add(event.id);
    if (event.type === 'computed' || event.type === 'finished') running.delete(event.id);
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

it.each([
  ['no more run at once than jobs', '{ cpu: 1 }', 2],
  ['a stage of several processors takes as many jobs', '{ cpu: 2 }', 1],
] as const)('%s', async (_law, pool, most) => {
  const world = new World();
  world.env['T'] = world.root;
  const ran = await world.run(stages(pool, most), { jobs: most === 1 ? 3 : most });
  expect(ran.summary).toMatchObject({ ok: true, ran: 4 });
  expect(together(ran, 's')).toBe(most);
});

it('a name that nobody configured excludes the instances of different stages', async () => {
  const world = new World();
  world.env['T'] = world.root;
  const alone = 'mkdir "$T/held"; sleep 0.1; rmdir "$T/held"; echo > ${outputs.o}';
  const each = (name: string): string =>
    `  ${name}: { sh: '${alone}', env: [T], salt: ${name}, pool: { database: 1 }, outputs: { o: o } }\n`;
  const ran = await world.run(`stages:\n${['a', 'b', 'c'].map(each).join('')}`, { jobs: 3 });
  expect(ran.summary).toMatchObject({ ok: true, ran: 3 });
});

it('what waits for its next attempt holds no pool', async () => {
  const world = new World();
  world.env['T'] = world.root;
  const ran = await world.run(
    `
stages:
  again: { sh: 'echo x >> "$T/tries"; [ -e "$T/other" ] || exit 75; echo > \${outputs.o}', env: [T], retries: { times: 20, on: [75], backoff: 200ms }, outputs: { o: o } }
  other: { sh: 'touch "$T/other"; echo > \${outputs.o}', env: [T], outputs: { o: o } }
`,
    { jobs: 1 },
  );
  expect(ran.outcomes).toEqual({ again: 'ran', other: 'ran' });
  expect(world.read('tries')).toBe('x\nx\n');
});
