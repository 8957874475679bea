import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyPreimage } from '../../../../src/flow/key/action/action-key.ts';
import { argumentText } from '../../../../src/flow/key/action/argument-text.ts';
import { buildManifest } from '../../../../src/flow/key/action/build-manifest.ts';
import type {
  ManifestFacts,
  ResolvedInput,
} from '../../../../src/flow/key/action/build-manifest.ts';
import type { Code } from '../../../../src/flow/key/code/code.ts';
import { digestBytes } from '../../../../src/flow/key/digest.ts';
import type { Command, Instance } from '../../../../src/flow/pipeline/dag.ts';
import { makeInstance, noCode } from '../temp-project.ts';

// Few values of each kind, so that equal facts are as likely as different ones.
const digest = fc.constantFrom(...['a', 'b'].map(digestBytes));
const input: fc.Arbitrary<ResolvedInput> = fc.record({
  artifact: fc.oneof(
    fc.record({
      kind: fc.constant('file' as const),
      exec: fc.boolean(),
      size: fc.constant(1),
      digest,
    }),
    fc.record({ kind: fc.constant('tree' as const), size: fc.constant(1), digest }),
  ),
  as: fc.constantFrom('x', '1:x', 'f', 'x"'),
});
const item = fc.record({ input, seed: fc.constantFrom(0, 1, '0', '1') });
const code: fc.Arbitrary<Code> = fc.record(
  {
    files: fc.constant([]),
    closure: fc.dictionary(fc.constantFrom('a.ts', 'b.ts'), digest, { maxKeys: 1 }),
    digest,
    packages: fc.constantFrom([], [{ name: 'p', version: '1' }], [{ name: 'p', version: '2' }]),
    bundle: digest.map((of) => ({
      digest: of,
      file: 'a.mjs',
      mapFile: 'bundle.map',
      packages: [],
      bytes: () => Promise.reject(new Error('not asked for')),
      map: () => Promise.resolve(undefined),
    })),
    python: fc.record({
      digest,
      version: fc.constantFrom('cpython-3.11.7', 'cpython-3.12.0'),
      path: fc.constantFrom(['.'], ['.', 'src']),
      executable: fc.constantFrom('/a', '/b'),
      modules: fc.constant([]),
    }),
  },
  { requiredKeys: ['files', 'closure'] },
);

const facts = (instance: Instance): fc.Arbitrary<ManifestFacts> =>
  fc
    .record({
      one: input,
      many: fc.array(item, { maxLength: 2 }),
      code:
        instance.command.kind === 'ts'
          ? code.filter(({ bundle, python }) => bundle !== undefined && python === undefined)
          : instance.command.kind === 'py'
            ? code.filter(({ python }) => python !== undefined)
            : code.filter(({ python }) => python === undefined),
      env: fc.constantFrom({}, { HF_HOME: '' }, { HF_HOME: 'host' }, { TOKEN: 'x' }),
      platform: fc.constantFrom(
        { os: 'linux', arch: 'x64', node: 20 },
        { os: 'linux', arch: 'x64', node: 22 },
        { os: 'linux', arch: 'x64', libc: 'musl', node: 20 },
      ),
      host: fc.option(digest, { nil: undefined }),
    })
    .map(({ one, many, host, ...rest }) => ({
      instance,
      inputs: new Map<string, ResolvedInput | readonly ResolvedInput[]>([
        ['one', one],
        ['many', many.map(({ input: each, seed }) => ({ ...each, axes: { seed } }))],
      ]),
      ...rest,
      ...(host === undefined ? {} : { host }),
    }));

const commands: readonly Command[] = [
  { kind: 'sh', script: ['true'] },
  { kind: 'ts', entry: 'a.ts' },
  { kind: 'py', entry: 'a.py' },
];

test.each(commands)('equal texts of one instance mean equal keys: $kind', (command) => {
  const instance = makeInstance({
    command,
    inputs: [
      { kind: 'source', name: 'one', path: './x', location: { file: 'a', line: 1, column: 1 } },
      { kind: 'collect', name: 'many', items: [] },
    ],
    env: [
      { name: 'HF_HOME', key: true },
      { name: 'TOKEN', key: false },
    ],
  });
  let equal = 0;
  fc.assert(
    fc.property(facts(instance), facts(instance), fc.nat(3), (left, other, same) => {
      // Two facts that agree in all but a few parts.
      const right = { ...left, ...Object.fromEntries(Object.entries(other).slice(same)) };
      const [a, b] = [left, right].map((each) => keyPreimage(buildManifest(each)));
      if (argumentText(left) !== argumentText(right)) return;
      equal += 1;
      expect(a).toBe(b);
    }),
    { numRuns: 2000 },
  );
  // Some forty, seldom half as many.
  expect(equal).toBeGreaterThan(5);
});

test('what does not count leaves the text alone', () => {
  const instance = makeInstance();
  const about = { instance, inputs: new Map(), env: {}, platform: { os: 'linux', arch: 'x64' } };
  const text = argumentText({ ...about, code: noCode });
  const closure = { 'a.ts': digestBytes('comment') };
  expect(argumentText({ ...about, code: { ...noCode, closure } })).toBe(text);
  expect(argumentText({ ...about, code: noCode, env: { OTHER: 'x' } })).toBe(text);
});

const file = (content: string, more: { exec?: boolean; as?: string } = {}): ResolvedInput => ({
  artifact: { kind: 'file', exec: more.exec ?? false, size: 1, digest: digestBytes(content) },
  as: more.as ?? 'x',
});
const seeded = (seed: number, input: ResolvedInput): ResolvedInput => ({
  ...input,
  axes: { seed },
});

const base = {
  instance: makeInstance({
    command: { kind: 'ts', entry: 'a.ts' },
    inputs: [
      { kind: 'source', name: 'one', path: './x', location: { file: 'a', line: 1, column: 1 } },
      { kind: 'collect', name: 'many', items: [] },
    ],
    env: [{ name: 'HF_HOME', key: true }],
  }),
  code: {
    ...noCode,
    digest: digestBytes('code'),
    packages: [{ name: 'p', version: '1' }],
    bundle: {
      digest: digestBytes('bundle'),
      file: 'a.mjs',
      mapFile: 'bundle.map',
      packages: [],
      bytes: () => Promise.reject(new Error('not asked for')),
      map: () => Promise.resolve(undefined),
    },
  },
  env: { HF_HOME: 'a' },
  platform: { os: 'linux', arch: 'x64', node: 20 },
  host: digestBytes('host'),
} as const;

const withInputs = (one: ResolvedInput, many: readonly ResolvedInput[]): ManifestFacts => ({
  ...base,
  inputs: new Map<string, ResolvedInput | readonly ResolvedInput[]>([
    ['one', one],
    ['many', many],
  ]),
});
const one = file('a');
const many = [seeded(0, file('b')), seeded(1, file('c'))];
const usual = withInputs(one, many);

test.each<[string, ManifestFacts]>([
  ['a byte of an input', withInputs(file('b'), many)],
  ['its exec bit', withInputs(file('a', { exec: true }), many)],
  ['its name', withInputs(file('a', { as: 'y' }), many)],
  [
    'a folder in its place',
    withInputs({ artifact: { kind: 'tree', size: 1, digest: digestBytes('a') }, as: 'x' }, many),
  ],
  ['a byte of a collected input', withInputs(one, [seeded(0, file('c')), seeded(1, file('c'))])],
  ['its axes', withInputs(one, [seeded(2, file('b')), seeded(1, file('c'))])],
  ['one of them less', withInputs(one, many.slice(1))],
  ['their order', withInputs(one, [...many].reverse())],
  ['the code', { ...usual, code: { ...base.code, digest: digestBytes('other') } }],
  ['a package', { ...usual, code: { ...base.code, packages: [{ name: 'p', version: '2' }] } }],
  [
    'the bundle',
    { ...usual, code: { ...base.code, bundle: { ...base.code.bundle, digest: digestBytes('b') } } },
  ],
  ['a variable', { ...usual, env: { HF_HOME: 'b' } }],
  ['a variable that is not set', { ...usual, env: {} }],
  ['the platform', { ...usual, platform: { ...base.platform, node: 22 } }],
  ['the host of a probe', { ...usual, host: digestBytes('other') }],
])('another text for %s', (_, other) => {
  expect(argumentText(other)).not.toBe(argumentText(usual));
  expect(keyPreimage(buildManifest(other))).not.toBe(keyPreimage(buildManifest(usual)));
});
