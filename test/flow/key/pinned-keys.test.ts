import { describe, expect, test } from 'vitest';
import { digestBytes } from '../../../src/flow/key/digest.ts';
import { keyOf, LINUX, makeFacts } from './manifest-facts.ts';
import { makeInstance, noCode } from './temp-project.ts';

// A literal here changes only with a new version in docs/key-format.md: every cache in the world is lost with it.
describe('pinned keys', () => {
  test('of the least command', () => {
    const facts = {
      instance: makeInstance(),
      inputs: new Map(),
      code: noCode,
      env: {},
      platform: LINUX,
    };
    expect(keyOf(facts)).toBe(
      'sha256:89ca3d8ee9e823cd490c8c50f160298deeb700c605f53ea6aebe2f05125d6968',
    );
  });

  test('of a command with all parts', () => {
    expect(keyOf(makeFacts())).toBe(
      'sha256:23857aff6762602fd349bb34d85c49ce6e1f6625b83afd9f8730641be43b6a39',
    );
  });

  test('of a script', () => {
    const script = ['sort ', { input: 'rows' }, ' > ', { output: 'model' }] as const;
    expect(keyOf(makeFacts({ command: { kind: 'sh', script } }))).toBe(
      'sha256:56cdcde8d8580559ae4200f61fdcf30c1ab5f38d932bcd567464ee6c995c9fac',
    );
  });

  test('of a ts stage, for which the Node major counts', () => {
    const bundle = {
      digest: digestBytes('bundle'),
      file: 'stages/a.mjs',
      mapFile: 'stages/bundle.map',
      packages: ['p'],
      bytes: () => Promise.reject(new Error('not asked for')),
      map: () => Promise.resolve(undefined),
    };
    const packages = [{ name: 'p', version: '1.0.0', integrity: 'sha512-x' }];
    const code = { ...noCode, bundle, packages };
    const command = { kind: 'ts', entry: 'stages/a.ts' } as const;
    const key = keyOf(makeFacts({ command }, { code }));
    expect(key).toBe('sha256:2d4031e82b8f407f17930e9baed4711e34b870a264769d71cb0d73086d9b2bde');
    expect(keyOf(makeFacts({ command }, { code, platform: { ...LINUX, node: 22 } }))).not.toBe(key);
  });

  test('of a py stage, for which the interpreter counts', () => {
    const python = {
      executable: '/usr/bin/python3',
      version: 'cpython-3.11.7',
      path: ['.', 'src'],
      modules: [],
      digest: digestBytes('modules'),
    };
    const command = { kind: 'py', entry: 'stages/a.py' } as const;
    const of = (parts: Partial<typeof python>): string =>
      keyOf(makeFacts({ command }, { code: { ...noCode, python: { ...python, ...parts } } }));
    const key = of({});
    expect(key).toBe('sha256:9f22855ce00668387d87591eb9c40b9549ae0487d4657551797af9870ca84e06');
    expect(of({ executable: '/opt/python/bin/python3' })).toBe(key);
    expect(of({ version: 'cpython-3.12.0' })).not.toBe(key);
    expect(of({ path: ['.'] })).not.toBe(key);
    expect(of({ digest: digestBytes('other') })).not.toBe(key);
  });
});
