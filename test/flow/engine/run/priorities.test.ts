import { describe, expect, it } from 'vitest';
import type { InstanceId } from '../../../../src/flow/core/ids.ts';
import type { RunRecord } from '../../../../src/flow/core/run-record.ts';
import type { Surveyed } from '../../../../src/flow/engine/survey/survey.ts';
import { estimatePriorities, estimates } from '../../../../src/flow/engine/run/priorities.ts';
import type { Dag } from '../../../../src/flow/pipeline/dag.ts';
import type { RunStore } from '../../../../src/flow/store/records/runs.ts';
import { makeInstance } from '../../key/temp-project.ts';
import { started, World } from '../world.ts';
import type { Ran } from '../world.ts';

describe('an estimate', () => {
  const instances = ['a@x=1', 'a@x=2', 'b'].map((id) => ({
    id: id as InstanceId,
    stage: id.charAt(0),
  }));

  it('is what the instance took, else what its stage takes, else what all take', () => {
    const past = {
      byInstance: new Map([['a@x=1', 4]]),
      byStage: new Map([
        ['a', [4, 2]],
        ['c', [9]],
      ]),
    };
    expect([...estimates(instances, past).values()]).toEqual([4, 3, 5]);
  });

  it('is the same for all when nothing has run yet', () => {
    const past = { byInstance: new Map(), byStage: new Map() };
    expect([...estimates(instances, past).values()]).toEqual([1, 1, 1]);
  });
});

const run = (
  id: string,
  instances: readonly (readonly [id: string, outcome: string, seconds: number])[],
): RunRecord =>
  ({
    version: 1,
    run_id: id,
    summary: {
      instances: instances.map(([instance, outcome, wall_s]) => ({
        id: instance,
        stage: instance.split('@')[0],
        outcome,
        wall_s,
      })),
    },
  }) as unknown as RunRecord;

/** Of instances, each of which reads the one before it, by the records of these runs, newest first. */
async function prioritiesOf(
  ids: readonly string[],
  records: readonly RunRecord[],
  hits: readonly string[] = [],
) {
  const read: string[] = [];
  const instances = ids.map((id, index) =>
    makeInstance({
      id: id as InstanceId,
      stage: id.split('@')[0] ?? '',
      inputs: ids.slice(Math.max(0, index - 1), index).map((before) => ({
        kind: 'artifact',
        name: 'i',
        from: { instance: before as InstanceId, output: 'o', path: 'o' },
      })),
    }),
  );
  const runs = {
    list: async () => records.map(({ run_id }) => run_id),
    read: async (id: string) => {
      read.push(id);
      return records.find(({ run_id }) => run_id === id);
    },
  } as unknown as RunStore;
  const surveyed = new Map(hits.map((id) => [id, { state: 'hit' }])) as unknown as ReadonlyMap<
    InstanceId,
    Surveyed
  >;
  return { ...(await estimatePriorities({ instances } as unknown as Dag, surveyed, runs)), read };
}

describe('what is expected of a run', () => {
  it('is the time of the newest run that really ran it: a hit tells none', async () => {
    const records = [
      run('3', [['a', 'hit', 0.1], ['b', 'ran', 2]]), // prettier-ignore
      run('2', [['a', 'ran', 5], ['b', 'ran', 9]]), // prettier-ignore
      run('1', [['a', 'ran', 7], ['b', 'failed', 7]]), // prettier-ignore
    ];
    const { expected, ranks, read } = await prioritiesOf(['a', 'b'], records);
    expect(expected).toEqual({ a: 5, b: 2 });
    expect(ranks).toEqual([7, 2]);
    // Both are known: no older record is read.
    expect(read).toEqual(['3', '2']);
  });

  it('is of one that was never timed what its stage takes, and nothing where that was not either', async () => {
    const records = [run('1', [['x@n=1', 'ran', 2], ['x@n=2', 'ran', 4], ['x@n=3', 'failed', 99]])]; // prettier-ignore
    const { expected, ranks } = await prioritiesOf(['x@n=1', 'x@n=3', 'y'], records);
    expect(expected).toEqual({ 'x@n=1': 2, 'x@n=3': 3 });
    // What takes nobody knows how long counts as all do.
    expect(ranks).toEqual([8, 6, 3]);
  });

  it('leaves out what is a hit', async () => {
    const records = [
      run(
        '1',
        ['a', 'b', 'c'].map((id) => [id, 'ran', 4] as const),
      ),
    ];
    const { expected, ranks } = await prioritiesOf(['a', 'b', 'c'], records, ['a']);
    expect(expected).toEqual({ b: 4, c: 4 });
    expect(ranks).toEqual([8, 8, 4]);
  });

  it('reads no record where there is nothing to choose from', async () => {
    const records = [run('1', [['a', 'ran', 4]])];
    expect(await prioritiesOf(['a'], records)).toEqual({ ranks: [], expected: {}, read: [] });
    expect(await prioritiesOf(['a', 'b'], records, ['a'])).toMatchObject({ ranks: [], read: [] });
  });
});

// Without times `wide` (three stages behind it) goes first; `slow` is the longest path once it was timed.
const stages = (salt: string): string => `
stages:
  wide: { sh: 'echo w > \${outputs.o}', outputs: { o: o }, salt: ${salt} }
  w2: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: wide.o }, outputs: { o: o }, salt: ${salt} }
  w3: { sh: 'cat \${inputs.i} \${inputs.i} > \${outputs.o}', inputs: { i: w2.o }, outputs: { o: o }, salt: ${salt} }
  slow: { sh: 'echo s > \${outputs.o}', outputs: { o: o }, salt: ${salt} }
`;

/** Sets how many seconds a run took for its instances, in its record. */
function timed(world: World, ran: Ran, seconds: Readonly<Record<string, number>>): void {
  const file = `cache/runs/${ran.summary.run_id}/run.json`;
  const record = JSON.parse(world.read(file)) as RunRecord;
  const instances = ran.summary.instances.map((each) => ({ ...each, wall_s: seconds[each.id] }));
  world.write({ [file]: JSON.stringify({ ...record, summary: { ...ran.summary, instances } }) });
}

describe('a run', () => {
  it('starts the longest path first by the times of the runs before, with the same results', async () => {
    const world = new World();
    const first = await world.run(stages('one'), { jobs: 1 });
    expect(started(first)[0]).toBe('wide');
    timed(world, first, { wide: 1, w2: 1, w3: 1, slow: 60 });
    const second = await world.run(stages('two'), { jobs: 1 });
    expect(started(second)[0]).toBe('slow');
    const outputs = (ran: typeof first): readonly unknown[] =>
      ran.summary.instances.map((instance) => [instance.id, instance.outputs]);
    expect(outputs(second)).toEqual(outputs(first));
  });
});
