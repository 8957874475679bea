import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionKey } from '../../../src/flow/key/action/action-key.ts';
import { digestBytes } from '../../../src/flow/key/digest.ts';
import { explainDifference } from '../../../src/flow/key/explain.ts';
import type { Explained } from '../../../src/flow/key/explain.ts';
import type { Manifest, Provenance } from '../../../src/flow/key/manifest.ts';

const [A, B] = [digestBytes('a'), digestBytes('b')];

function make(
  manifest: Partial<Manifest> = {},
  codeFiles: Provenance['codeFiles'] = {},
): Explained {
  return {
    manifest: {
      command: { kind: 'ts', bundle: A },
      params: { seed: 0 },
      inputs: { rows: { as: 'rows.csv', kind: 'file', exec: false, digest: A } },
      outputs: { out: { path: 'out', kind: 'file' } },
      platform: { os: 'linux', arch: 'x64', node: 20 },
      ...manifest,
    },
    provenance: { instance: 'a@seed=0', stage: 'a', codeFiles, inputs: {} },
  };
}

const choice = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

describe('the difference of two manifests', () => {
  test.each<[string, Explained, Explained, unknown]>([
    [
      'names a param with both values',
      make({ params: { seed: 1, lr: 0.1 } }),
      make({ params: { seed: 0, gone: true } }),
      [
        { kind: 'param', name: 'seed', old: 0, new: 1 },
        { kind: 'param', name: 'lr', old: undefined, new: 0.1 },
        { kind: 'param', name: 'gone', old: true, new: undefined },
      ],
    ],
    [
      'names an output that lies elsewhere',
      make({ outputs: { out: { path: 'other', kind: 'file' } } }),
      make(),
      [
        {
          kind: 'output',
          name: 'out',
          old: { path: 'out', kind: 'file' },
          new: { path: 'other', kind: 'file' },
        },
      ],
    ],
    [
      'names the files of a changed bundle',
      make({ command: { kind: 'ts', bundle: B } }, { 'stages/a.ts': A, 'src/d.ts': B }),
      make({}, { 'stages/a.ts': A, 'src/d.ts': A }),
      [{ kind: 'code', name: 'src/d.ts', old: A, new: B }],
    ],
    [
      'names the bundle where no file of it changed',
      make({ command: { kind: 'ts', bundle: B } }, { 'stages/a.ts': A }),
      make({}, { 'stages/a.ts': A }),
      [{ kind: 'code', name: 'bundle', old: A, new: B }],
    ],
    [
      'is silent about files whose change left the bundle as it was',
      make({}, { 'stages/a.ts': B }),
      make({}, { 'stages/a.ts': A }),
      [],
    ],
    [
      'names a package with its version',
      make({ packages: [{ name: 'p', version: '2', integrity: 'x' }] }),
      make({ packages: [{ name: 'p', version: '1' }] }),
      [{ kind: 'package', name: 'p', old: '1', new: '2 (x)' }],
    ],
    [
      'tells a command of another kind',
      make({ command: { kind: 'cmd', argv: ['x'] } }),
      make({ command: { kind: 'sh', script: 'x' } }),
      [{ kind: 'command', name: 'kind', old: 'sh', new: 'cmd' }],
    ],
    [
      'names environment, platform, host and salt',
      make({
        env: { X: null },
        platform: { os: 'linux', arch: 'arm64', node: 20 },
        host: B,
        salt: '2',
      }),
      make({ env: { X: '1' }, host: A }),
      [
        { kind: 'env', name: 'X', old: '1', new: null },
        { kind: 'platform', name: 'arch', old: 'x64', new: 'arm64' },
        { kind: 'host', name: 'fingerprint', old: A, new: B },
        { kind: 'salt', name: 'salt', old: undefined, new: '2' },
      ],
    ],
  ])('%s', (_what, now, then, changes) => {
    expect(explainDifference(now, then)).toEqual(changes);
  });

  const manifest: fc.Arbitrary<Partial<Manifest>> = fc.record({
    command: choice<Manifest['command']>(
      { kind: 'ts', bundle: A },
      { kind: 'ts', bundle: B },
      { kind: 'cmd', argv: ['x'] },
      { kind: 'sh', script: 'x' },
    ),
    params: choice<Manifest['params']>({}, { a: 1 }, { a: '1' }, { b: 1 }),
    inputs: choice<Manifest['inputs']>(
      {},
      { r: { as: 'r', kind: 'file', exec: false, digest: A } },
      { r: [{ axes: { s: 1 }, as: 'r', kind: 'file', exec: false, digest: A }] },
    ),
    packages: choice<NonNullable<Manifest['packages']>>(
      [{ name: 'p', version: '1' }],
      [
        { name: 'p', version: '1' },
        { name: 'p', version: '2' },
      ],
    ),
    salt: choice('1', '2'),
  });

  test('is empty exactly where the keys are equal', () => {
    fc.assert(
      fc.property(manifest, manifest, (a, b) => {
        const [now, then] = [make(a), make(b)];
        const equal = actionKey(now.manifest) === actionKey(then.manifest);
        expect(explainDifference(now, then).length === 0).toBe(equal);
      }),
      { numRuns: 500 },
    );
  });
});
