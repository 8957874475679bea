import { expect, it } from 'vitest';
import { ofType, World } from './world.ts';

it('instances of the gpu pool get devices of their own, and no more run than there are', async () => {
  const world = new World();
  world.env['CUDA_VISIBLE_DEVICES'] = '4,7';
  world.env['T'] = world.root;
  const ran = await world.run(
    `
params: { k: [1, 2, 3, 4] }
stages:
  s:
    matrix: { i: '\${k}' }
    sh: 'echo \${i} > \${outputs.o}; echo "$CUDA_VISIBLE_DEVICES"; echo >> "$T/begun"; until [ $(wc -l < "$T/begun") -ge 2 ]; do sleep 0.02; done; sleep 0.1'
    pool: { gpu: 1 }
    env: [CUDA_VISIBLE_DEVICES, T]
    outputs: { o: o.txt }
  cpu: { sh: 'printenv CUDA_VISIBLE_DEVICES > \${outputs.o} || echo none > \${outputs.o}', outputs: { o: o.txt } }
`,
    { pools: { gpu: 2 }, jobs: 4 },
  );
  expect(ran.summary).toMatchObject({ ran: 5 });
  expect(await world.output(ran, 'cpu', 'o')).toBe('none\n');
  const inUse = new Set<string>();
  for (const event of ran.events) {
    if (event.type === 'started' && event.id !== 'cpu') {
      inUse.add(event.id);
      expect(inUse.size).toBeLessThanOrEqual(2);
    }
    if (event.type === 'computed' || event.type === 'finished') inUse.delete(event.id);
  }
  const logs = ofType(ran, 'started')
    .filter(({ id }) => id !== 'cpu')
    .map(({ log }) => world.read(log).trim());
  expect(new Set(logs)).toEqual(new Set(['4', '7']));
});

it('a stage that asks for more than a pool holds gets all of it, and is told so', async () => {
  const stages = `
stages:
  s: { sh: 'echo "$CUDA_VISIBLE_DEVICES" > \${outputs.o}', pool: { gpu: 3 }, outputs: { o: o.txt } }
`;
  const world = new World();
  const ran = await world.run(stages, { pools: { gpu: 2 } });
  expect(await world.output(ran, 's', 'o')).toBe('0,1\n');
  expect(ofType(ran, 'warning').map(({ code, message }) => [code, message])).toEqual([
    ['pool-too-small', "s requests 3 of pool 'gpu', whose size is 2: it gets the whole pool"],
  ]);
  expect(ofType(await world.run(stages, { pools: { gpu: 2 } }), 'warning')).toEqual([]);
});
