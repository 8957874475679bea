import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
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
  /** What it uses beside. */
  readonly param: boolean;
  readonly env: boolean;
  /** Of the two files of code. */
  readonly code: number | undefined;
  readonly tree: boolean;
}

interface State {
  readonly stages: readonly Toy[];
  readonly sources: readonly string[];
  readonly codes: readonly string[];
  readonly param: string;
  readonly env: string;
  /** Says nothing to any stage. */
  readonly comment: string;
  readonly undeclared: string;
  readonly reversed: boolean;
}

const words = fc.constantFrom('b\na\n', 'a\nb\n', 'c\nc\n');
const word = fc.constantFrom('x', 'y', 'z');
const toy = fc.record({
  reads: fc.uniqueArray(fc.nat(4), { maxLength: 2 }),
  sources: fc.uniqueArray(fc.nat(1), { maxLength: 2 }),
  text: word,
  sorts: fc.boolean(),
  param: fc.boolean(),
  env: fc.boolean(),
  code: fc.option(fc.nat(1), { nil: undefined }),
  tree: fc.boolean(),
});
const states: fc.Arbitrary<State> = fc.record({
  stages: fc.array(toy, { minLength: 1, maxLength: 5 }),
  sources: fc.tuple(words, words),
  codes: fc.tuple(word, word),
  param: word,
  env: word,
  comment: word,
  undeclared: word,
  reversed: fc.boolean(),
});

type Edit = (state: State, world: World) => State;
const replaced = <T>(all: readonly T[], at: number, to: (old: T) => T): readonly T[] =>
  all.map((each, index) => (index === at % all.length ? to(each) : each));

const edit: fc.Arbitrary<{ readonly name: string; readonly apply: Edit; readonly neutral?: true }> =
  fc.oneof(
    fc.tuple(fc.nat(1), words).map(([at, to]) => ({
      name: `source ${at} becomes ${JSON.stringify(to)}`,
      apply: (state: State) => ({ ...state, sources: replaced(state.sources, at, () => to) }),
    })),
    fc.tuple(fc.nat(1), words).map(([at, to]) => ({
      name: `source ${at} becomes ${JSON.stringify(to)}, with the times that it had`,
      apply: (state: State, world: World) => {
        const file = world.at(`w${at}.txt`);
        const { atime, mtime } = statSync(file);
        world.write({ [`w${at}.txt`]: to });
        utimesSync(file, atime, mtime);
        return { ...state, sources: replaced(state.sources, at, () => to) };
      },
    })),
    fc.tuple(fc.nat(4), toy).map(([at, to]) => ({
      name: `stage ${at} becomes another`,
      apply: (state: State) => ({ ...state, stages: replaced(state.stages, at, () => to) }),
    })),
    fc.tuple(fc.nat(4), word).map(([at, text]) => ({
      name: `stage ${at} says ${text}`,
      apply: (state: State) => ({
        ...state,
        stages: replaced(state.stages, at, (old) => ({ ...old, text })),
      }),
    })),
    fc.tuple(fc.nat(1), word).map(([at, to]) => ({
      name: `code ${at} says ${to}`,
      apply: (state: State) => ({ ...state, codes: replaced(state.codes, at, () => to) }),
    })),
    word.map((param) => ({
      name: `param ${param}`,
      apply: (state: State) => ({ ...state, param }),
    })),
    word.map((env) => ({ name: `env ${env}`, apply: (state: State) => ({ ...state, env }) })),
    word.map((comment) => ({
      name: `comment ${comment}`,
      neutral: true as const,
      apply: (state: State) => ({ ...state, comment }),
    })),
    word.map((undeclared) => ({
      name: `undeclared env ${undeclared}`,
      neutral: true as const,
      apply: (state: State) => ({ ...state, undeclared }),
    })),
    fc.constant({
      name: 'stages in another order',
      neutral: true as const,
      apply: (state: State) => ({ ...state, reversed: !state.reversed }),
    }),
    fc.constant({
      name: 'all sources touched',
      neutral: true as const,
      apply: (state: State, world: World) => {
        const now = new Date();
        for (const index of state.sources.keys()) utimesSync(world.at(`w${index}.txt`), now, now);
        return state;
      },
    }),
    fc.constant({
      name: 'exports deleted',
      neutral: true as const,
      apply: (state: State, world: World) => {
        rmSync(world.at('placed'), { recursive: true, force: true });
        return state;
      },
    }),
    fc.constantFrom('cas', 'actions', 'memo').map((folder) => ({
      name: `half of ${folder}/ deleted`,
      apply: (state: State, world: World) => {
        const shards = readdirSync(world.at(`cache/${folder}`)).sort();
        for (const shard of shards.filter((_, index) => index % 2 === 0)) {
          rmSync(path.join(world.at(`cache/${folder}`), shard), { recursive: true });
        }
        return state;
      },
    })),
  );

function stageYaml(toy: Toy, index: number): string {
  const reads = toy.reads.filter((read) => read < index);
  const inputs = [
    ...reads.map((read) => `s${read}: s${read}.o`),
    ...toy.sources.map((source) => `w${source}: ./w${source}.txt`),
  ];
  const names = [...reads.map((read) => `s${read}`), ...toy.sources.map((source) => `w${source}`)];
  const files = names.map((name) => `\${inputs.${name}}`);
  const code = toy.code === undefined ? '' : `sh code/parts/${toy.code}.sh >> \${outputs.o}; `;
  const script = [
    `cat ${files.join(' ')} /dev/null ${toy.sorts ? '| sort ' : ''}> \${outputs.o}; `,
    `echo ${toy.text}${toy.param ? ' ${p}' : ''}${toy.env ? ' $WORD' : ''} >> \${outputs.o}; `,
    code,
    toy.tree ? 'mkdir -p ${outputs.d}/empty; cp ${outputs.o} ${outputs.d}/o; ' : '',
  ].join('');
  return `  s${index}:
    sh: '${script}'
    inputs: { ${inputs.join(', ')} }
    outputs: { o: o.txt${toy.tree ? ', d: d/' : ''} }
    env: [${toy.env ? 'WORD' : ''}]
    code: [${toy.code === undefined ? '' : `parts/${toy.code}.sh`}]
`;
}

function yaml({ stages, param, comment, reversed }: State): string {
  const texts = stages.map(stageYaml);
  const targets = stages.map((_, index) => `s${index}`).join(', ');
  return `params: { p: ${param} }
stages: # ${comment}
${(reversed ? texts.reverse() : texts).join('')}targets: [${targets}]
exports: { placed/first.txt: s0.o }
`;
}

/** Brings a world to a state: output digests by instance, the export's text, and how many stages ran. */
async function bring(world: World, state: State) {
  for (const [name, text] of [
    ...state.sources.map((text, index) => [`w${index}.txt`, text] as const),
    ...state.codes.map((text, index) => [`parts/${index}.sh`, `echo code ${text}\n`] as const),
  ]) {
    // As a person would: what stays the same is not written.
    const there = statSync(world.at(name), { throwIfNoEntry: false });
    if (there === undefined || world.read(name) !== text) world.write({ [name]: text });
  }
  Object.assign(world.env, { WORD: state.env, OTHER: state.undeclared });
  const ran = await world.run(yaml(state));
  expect(ran.exitCode).toBe(0);
  const digests = Object.fromEntries(ran.summary.instances.map(({ id, outputs }) => [id, outputs]));
  return { digests, exported: world.read('placed/first.txt'), ran: ran.summary.ran };
}

it('an incremental run gives the digests of a clean one, whatever was edited before', async () => {
  await fc.assert(
    fc.asyncProperty(
      states,
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      async (first, edits) => {
        const world = new World();
        let state = first;
        await bring(world, state);
        for (const { apply, neutral } of edits) {
          state = apply(state, world);
          const { ran, ...now } = await bring(world, state);
          const { ran: _, ...clean } = await bring(new World(), state);
          expect(now).toEqual(clean);
          // Keys change for nothing but what is declared.
          if (neutral === true) expect(ran).toBe(0);
          expect((await bring(world, state)).ran).toBe(0);
        }
      },
    ),
    { numRuns: 12 },
  );
}, 240_000);
