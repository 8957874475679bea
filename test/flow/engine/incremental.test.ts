import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { World } from './world.ts';

interface Toy {
  /** Stages before it that it reads, and sources. */
  readonly reads: readonly number[];
  readonly sources: readonly number[];
  readonly text: string;
  /** Sorted outputs hide the order of what is read: an early cutoff now and then. */
  readonly sorts: boolean;
}

interface State {
  readonly stages: readonly Toy[];
  readonly sources: readonly string[];
}

const toys = fc.array(
  fc.record({
    reads: fc.uniqueArray(fc.nat(4), { maxLength: 2 }),
    sources: fc.uniqueArray(fc.nat(1), { maxLength: 2 }),
    text: fc.constantFrom('x', 'y', 'z'),
    sorts: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
);
const words = fc.constantFrom('b\na\n', 'a\nb\n', 'c\n');
const edits = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('source' as const), at: fc.nat(1), to: words }),
    fc.record({
      kind: fc.constant('stage' as const),
      at: fc.nat(4),
      to: fc.constantFrom('x', 'w'),
    }),
  ),
  { minLength: 1, maxLength: 3 },
);

function yaml({ stages }: State): string {
  const lines = stages.map((toy, index) => {
    const reads = toy.reads.filter((read) => read < index);
    const inputs = [
      ...reads.map((read) => `s${read}: s${read}.o`),
      ...toy.sources.map((source) => `w${source}: ./w${source}.txt`),
    ];
    const names = [
      ...reads.map((read) => `s${read}`),
      ...toy.sources.map((source) => `w${source}`),
    ];
    const files = names.map((name) => `\${inputs.${name}}`).join(' ');
    const command = `cat ${files} /dev/null ${toy.sorts ? '| sort ' : ''}> \${outputs.o}; echo ${toy.text} >> \${outputs.o}`;
    return `  s${index}: { sh: '${command}', inputs: { ${inputs.join(', ')} }, outputs: { o: o.txt } }`;
  });
  const targets = stages.map((_, index) => `s${index}`).join(', ');
  return `stages:\n${lines.join('\n')}\ntargets: [${targets}]\n`;
}

async function digests(world: World, state: State): Promise<Record<string, string>> {
  world.write(Object.fromEntries(state.sources.map((text, index) => [`w${index}.txt`, text])));
  const ran = await world.run(yaml(state));
  expect(ran.exitCode).toBe(0);
  return Object.fromEntries(
    ran.summary.instances.map(({ id, outputs }) => [id, String(outputs['o'])]),
  );
}

it('an incremental run gives the digests of a clean one, whatever was edited before', async () => {
  await fc.assert(
    fc.asyncProperty(toys, fc.tuple(words, words), edits, async (stages, sources, changes) => {
      const world = new World();
      let state: State = { stages, sources };
      await digests(world, state);
      for (const { kind, at, to } of changes) {
        state =
          kind === 'source'
            ? { ...state, sources: state.sources.map((text, index) => (index === at ? to : text)) }
            : {
                ...state,
                stages: state.stages.map((toy, index) =>
                  index === at % stages.length ? { ...toy, text: to } : toy,
                ),
              };
        expect(await digests(world, state)).toEqual(await digests(new World(), state));
      }
    }),
    { numRuns: 6 },
  );
}, 60_000);
