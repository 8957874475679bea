import { expect, it } from 'vitest';
import type { EngineContext } from '../../../../src/flow/engine/context.ts';
import { ExportTurn } from '../../../../src/flow/engine/exports/permission.ts';
import type { Untimed } from '../../../../src/flow/engine/emit.ts';
import { World } from '../world.ts';

/** Two runs of one project. */
async function two(
  work: (one: EngineContext, other: EngineContext) => Promise<void>,
): Promise<void> {
  const world = new World();
  const dag = await world.dag('stages: {}\n');
  await world.with(dag, (one) => world.with(dag, (other) => work(one, other)));
}

const silent = (): void => undefined;

it('a turn comes when the run that has it is done, and is said to be waited for', async () => {
  await two(async (one, other) => {
    const first = new ExportTurn(one, silent, () => false);
    expect(await first.take()).toBeUndefined();
    expect(await first.take()).toBeUndefined();
    const said: Untimed[] = [];
    const second = new ExportTurn(
      other,
      (event) => {
        said.push(event);
        void first.end();
      },
      () => false,
    );
    expect(await second.take()).toBeUndefined();
    expect(said).toMatchObject([{ type: 'warning', code: 'exports-wait' }]);
    expect(said[0]).toHaveProperty('message', expect.stringContaining(`pid ${process.pid} on `));
    await second.end();
  });
});

it('a run that is to end waits for no turn, and takes one that is free', async () => {
  await two(async (one, other) => {
    const [first, second] = [one, other].map((ctx) => new ExportTurn(ctx, silent, () => true));
    expect(await first?.take()).toBeUndefined();
    expect(await second?.take()).toContain(`pid ${process.pid} on `);
    await first?.end();
    expect(await second?.take()).toBeUndefined();
    await second?.end();
  });
});
