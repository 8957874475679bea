import type { InstanceId } from '../../../src/flow/core/ids.ts';
import { actionKey } from '../../../src/flow/key/action/action-key.ts';
import { buildManifest } from '../../../src/flow/key/action/build-manifest.ts';
import type { ManifestFacts, ResolvedInput } from '../../../src/flow/key/action/build-manifest.ts';
import { digestBytes } from '../../../src/flow/key/digest.ts';
import type { Instance } from '../../../src/flow/pipeline/dag.ts';
import { makeInstance } from './temp-project.ts';

export const LINUX = { os: 'linux', arch: 'x64', libc: 'glibc', node: 20 };

/** A file input with these bytes. */
export const file = (text: string, as: string): ResolvedInput => ({
  artifact: { kind: 'file', exec: false, size: text.length, digest: digestBytes(text) },
  as,
});

/** Every part of a manifest is there. */
export function makeFacts(
  parts: Partial<Instance> = {},
  facts: Partial<ManifestFacts> = {},
): ManifestFacts {
  return {
    instance: makeInstance({
      id: 'train@seed=0' as InstanceId,
      stage: 'train',
      axes: { seed: 0 },
      params: { seed: 0, lr: 0.1, td: { rows: 500, epochs: 5 } },
      command: {
        kind: 'cmd',
        argv: ['python3', 'stages/x.py', { input: 'rows' }].map((w) => [w].flat()),
      },
      inputs: [
        {
          kind: 'source',
          name: 'rows',
          path: './rows.csv',
          location: { file: 'a', line: 1, column: 1 },
        },
        { kind: 'collect', name: 'scores', items: [] },
      ],
      outputs: [
        { name: 'model', path: 'model', tree: true },
        { name: 'metrics', path: 'metrics.json', tree: false, kind: 'metrics' },
      ],
      env: [
        { name: 'HF_HOME', key: true },
        { name: 'TOKEN', key: false },
      ],
      salt: 'v2',
      ...parts,
    }),
    inputs: new Map<string, ResolvedInput | readonly ResolvedInput[]>([
      ['rows', file('a,b\n', 'rows.csv')],
      ['scores', [{ ...file('1', 'scores.bin'), axes: { num: 250, seed: 0 } }]],
    ]),
    code: { files: [], closure: {}, digest: digestBytes('code') },
    env: { HF_HOME: '/hf', TOKEN: 'secret', LC_ALL: 'C' },
    platform: LINUX,
    host: digestBytes('host'),
    ...facts,
  };
}

export const keyOf = (facts: ManifestFacts): string => actionKey(buildManifest(facts));
