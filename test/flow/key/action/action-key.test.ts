import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InstanceId } from '../../../../src/flow/core/ids.ts';
import { actionKey, keyPreimage } from '../../../../src/flow/key/action/action-key.ts';
import { buildManifest } from '../../../../src/flow/key/action/build-manifest.ts';
import type {
  ManifestFacts,
  ResolvedInput,
} from '../../../../src/flow/key/action/build-manifest.ts';
import { canonicalJson } from '../../../../src/flow/key/canonical.ts';
import { digestBytes } from '../../../../src/flow/key/digest.ts';
import type { Instance } from '../../../../src/flow/pipeline/dag.ts';
import { file, keyOf, LINUX, makeFacts } from '../manifest-facts.ts';
import { noCode, TempProject } from '../temp-project.ts';

describe('the key changes for', () => {
  const base = keyOf(makeFacts());
  const { instance, inputs } = makeFacts();
  const withInput = (
    name: string,
    input: ResolvedInput | readonly ResolvedInput[],
  ): ManifestFacts => makeFacts({}, { inputs: new Map([...inputs, [name, input]]) });

  test.each<[string, ManifestFacts]>([
    ['a word of argv', makeFacts({ command: { kind: 'cmd', argv: ['python3', 'stages/y.py'] } })],
    ['a param', makeFacts({ params: { ...instance.params, lr: 0.2 } })],
    [
      'a param of a param',
      makeFacts({ params: { ...instance.params, td: { rows: 501, epochs: 5 } } }),
    ],
    ['the type of a param', makeFacts({ params: { ...instance.params, lr: '0.1' } })],
    ['one param more', makeFacts({ params: { ...instance.params, x: null } })],
    ['an axis, though unused', makeFacts({ axes: { seed: 1 } })],
    ['a byte of an input', withInput('rows', file('a,c\n', 'rows.csv'))],
    ['the file name of an input', withInput('rows', file('a,b\n', 'other.csv'))],
    [
      'the exec bit of an input',
      withInput('rows', {
        artifact: { kind: 'file', exec: true, size: 4, digest: digestBytes('a,b\n') },
        as: 'rows.csv',
      }),
    ],
    [
      'a folder in the place of a file',
      withInput('rows', {
        artifact: { kind: 'tree', size: 4, digest: digestBytes('a,b\n') },
        as: 'rows.csv',
      }),
    ],
    [
      'a byte of a collected input',
      withInput('scores', [{ ...file('2', 'scores.bin'), axes: { num: 250, seed: 0 } }]),
    ],
    [
      'the axes of a collected input',
      withInput('scores', [{ ...file('1', 'scores.bin'), axes: { num: 500, seed: 0 } }]),
    ],
    ['a collected input less', withInput('scores', [])],
    [
      'the path of an output',
      makeFacts({ outputs: instance.outputs.map((o) => ({ ...o, path: `${o.path}x` })) }),
    ],
    [
      'a folder for a file',
      makeFacts({ outputs: instance.outputs.map((o) => ({ ...o, tree: true })) }),
    ],
    ['a byte of code', makeFacts({}, { code: { ...noCode, digest: digestBytes('other') } })],
    [
      'a package',
      makeFacts({}, { code: { ...makeFacts().code, packages: [{ name: 'p', version: '1' }] } }),
    ],
    ['declared environment', makeFacts({}, { env: { HF_HOME: '/other' } })],
    ['declared environment that is not set', makeFacts({}, { env: {} })],
    ['declared environment that is empty', makeFacts({}, { env: { HF_HOME: '' } })],
    ['the platform', makeFacts({}, { platform: { ...LINUX, arch: 'arm64' } })],
    ['the C library', makeFacts({}, { platform: { ...LINUX, libc: 'musl' } })],
    ['the host of a probe', makeFacts({}, { host: digestBytes('other') })],
    ['the salt', makeFacts({ salt: 'v3' })],
  ])('%s', (_what, facts) => {
    expect(keyOf(facts)).not.toBe(base);
  });

  test('any two manifests that differ, and only for those', () => {
    const params = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
    const words = fc.array(fc.string({ maxLength: 2 }), { maxLength: 2 });
    fc.assert(
      fc.property(params, params, words, words, (p, q, a, b) => {
        const left = makeFacts({
          params: p as Instance['params'],
          command: { kind: 'cmd', argv: a },
        });
        const right = makeFacts({
          params: q as Instance['params'],
          command: { kind: 'cmd', argv: b },
        });
        expect(keyOf(left) === keyOf(right)).toBe(sorted(left) === sorted(right));
      }),
    );
  });
});

test('a collected input is an ordered list: another order is another key', () => {
  const items = ['1', '2'].map((bytes, num) => ({ ...file(bytes, 's.bin'), axes: { num } }));
  const [key, other] = [items, items.toReversed()].map((each) =>
    keyOf(makeFacts({}, { inputs: new Map([...makeFacts().inputs, ['scores', each]]) })),
  );
  expect(key).not.toBe(other);
});

test('declared environment that is empty is not one that is not set', () => {
  expect(keyOf(makeFacts({}, { env: { HF_HOME: '' } }))).not.toBe(
    keyOf(makeFacts({}, { env: {} })),
  );
});

describe('the key does not change for', () => {
  const base = keyOf(makeFacts());
  const { instance, inputs } = makeFacts();

  test.each<[string, ManifestFacts]>([
    ['names and texts', makeFacts({ id: 'b@seed=0' as InstanceId, stage: 'b', description: 'x' })],
    ['the place in the file', makeFacts({ location: { file: 'other.yaml', line: 9, column: 9 } })],
    ['pools', makeFacts({ pool: { gpu: 1, cpu: 4, memory: 1e9 } })],
    ['retries and timeouts', makeFacts({ retries: { times: 3, backoffMs: 1 }, timeoutMs: 5 })],
    [
      'what an output is for a person',
      makeFacts({ outputs: instance.outputs.map((o) => ({ ...o, kind: 'figure' })) }),
    ],
    ['the order of outputs', makeFacts({ outputs: instance.outputs.toReversed() })],
    [
      'the order of inputs',
      makeFacts(
        { inputs: instance.inputs.toReversed() },
        { inputs: new Map([...inputs].reverse()) },
      ),
    ],
    [
      'the order of params',
      makeFacts({ params: Object.fromEntries(Object.entries(instance.params).reverse()) }),
    ],
    ['an axis that becomes a param', makeFacts({ axes: {} })],
    [
      'undeclared environment',
      makeFacts({}, { env: { HF_HOME: '/hf', LC_ALL: 'tr_TR.UTF-8', PATH: '/x' } }),
    ],
    [
      'environment declared out of the key',
      makeFacts({}, { env: { HF_HOME: '/hf', TOKEN: 'other' } }),
    ],
    [
      "Node's version, where the command brings its own",
      makeFacts({}, { platform: { ...LINUX, node: 24 } }),
    ],
    [
      'the size that an artifact is said to have',
      makeFacts(
        {},
        {
          inputs: new Map([
            ...inputs,
            [
              'rows',
              {
                ...file('a,b\n', 'rows.csv'),
                artifact: { kind: 'file', exec: false, size: 0, digest: digestBytes('a,b\n') },
              },
            ],
          ]),
        },
      ),
    ],
  ])('%s', (_what, facts) => {
    expect(keyOf(facts)).toBe(base);
  });

  test('the locale of the process', async () => {
    const project = new TempProject({
      'main.ts': `import { actionKey } from '${join(import.meta.dirname, '../../../../src/flow/key/action/action-key.ts')}';
process.stdout.write(actionKey(JSON.parse(process.argv[2])));`,
    });
    const outfile = join(project.root, 'main.mjs');
    await build({
      entryPoints: [join(project.root, 'main.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
    });
    const manifest = buildManifest(
      makeFacts({ params: { i: 1, I: 2, ı: 3, z: 4, ä: 5, Z: 1234.5 } }),
    );
    const keys = ['C', 'tr_TR.UTF-8', 'sv_SE.UTF-8', 'de_DE'].map((locale) =>
      execFileSync(process.execPath, [outfile, JSON.stringify(manifest)], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], LC_ALL: locale, LANG: locale },
      }),
    );
    expect(new Set(keys)).toEqual(new Set([actionKey(manifest)]));
  });
});

test('a list of packages that many manifests share is in the text of each', () => {
  const packages = [{ name: 'p', version: '1.0.0' }];
  const code = { ...noCode, packages };
  for (const seed of [0, 1]) {
    const manifest = buildManifest(makeFacts({ params: { seed } }, { code }));
    expect(keyPreimage(manifest)).toBe(`flow.action.v1\n${canonicalJson(manifest)}`);
    expect(manifest.packages).toBe(packages);
  }
});

test('a missing input is a bug of the caller, not a key', () => {
  expect(() => keyOf(makeFacts({}, { inputs: new Map() }))).toThrow("input 'rows' of train@seed=0");
});

test('a key of a real project knows neither its folder nor its times', async () => {
  const files = { 'tools/x.py': 'print(1)\n', 'tools/conf/y.yaml': 'a: 1\n' };
  const [here, there] = [new TempProject(files), new TempProject(files)];
  there.touch('tools/x.py', 1_000_000_000);
  const command = { kind: 'cmd', argv: ['python3', 'tools/x.py'] } as const;
  const parts = { code: ['tools/conf'] };
  const keys: string[] = [];
  for (const project of [here, there]) {
    const code = await project.code(command, parts);
    keys.push(keyOf(makeFacts({ command, ...parts }, { code })));
  }
  expect(keys[0]).toBe(keys[1]);
  there.write('tools/conf/y.yaml', 'a: 2\n');
  const code = await there.code(command, parts);
  expect(keyOf(makeFacts({ command, ...parts }, { code }))).not.toBe(keys[0]);
});

/** A text of the manifest that ignores the order of keys, written without the canonical form. */
function sorted(facts: ManifestFacts): string {
  const order = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value)
          .map(([key, member]) => [key, order(member)] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1))
      : Array.isArray(value)
        ? value.map(order)
        : Object.is(value, -0)
          ? 0
          : value;
  return JSON.stringify(order(buildManifest(facts)));
}
