// Folders of encoders as people have them, through the built CLI: with blanks in their names, as snapshots
// of the Hugging Face cache, and such that cannot be used.
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initialWeights } from '../../src/ml/encoder/init.ts';
import { writeHfFolder } from '../../src/ml/hf/folder.ts';
import { SMALL } from '../ml/backend/batches.ts';
import { FastmtlProject } from '../rig/fastmtl-project.ts';
import { withoutBubblewrap } from '../rig/tools.ts';

const TOKENIZER = fileURLToPath(new URL('../fixtures/byte-level', import.meta.url));
const ROBERTA = { ...SMALL, family: 'roberta', padding: 1, segments: 1, vocabSize: 420 } as const;

let project: FastmtlProject;
beforeAll(() => {
  project = new FastmtlProject();
  write('my encoders/tiny roberta', 1);
});
afterAll(() => project.close());

const at = (name: string) => path.join(project.folder, name);

function write(name: string, seed: number): void {
  const weights = initialWeights(ROBERTA, { heads: [], discriminator: 0 }, seed);
  writeHfFolder(at(name), { config: ROBERTA, dropout: 0, dtype: 'float32', weights, tokenizer: TOKENIZER }); // prettier-ignore
}

const vocabulary = (encoder: string, ...more: readonly string[]) =>
  project.flow('run', 'pipelines/fig3.yaml', 'vocabulary', '--json', '-p', `encoder=${encoder}`, ...more); // prettier-ignore

/** What the run did with the stage: ran, hit or failed. */
function outcome({ stdout }: { readonly stdout: string }): string | undefined {
  const { instances } = JSON.parse(stdout) as { readonly instances: readonly { id: string; outcome: string }[] }; // prettier-ignore
  return instances.find(({ id }) => id === 'vocabulary')?.outcome;
}

test('a snapshot of links is the folder that they make, and a changed blob is a changed encoder', async () => {
  expect(outcome(await vocabulary('my encoders/tiny roberta'))).toBe('ran');
  const hub = at('hub/models--x--tiny');
  const snapshot = path.join(hub, 'snapshots', 'tiny roberta');
  mkdirSync(snapshot, { recursive: true });
  cpSync(at('my encoders/tiny roberta'), path.join(hub, 'blobs'), { recursive: true });
  for (const name of readdirSync(path.join(hub, 'blobs'))) {
    symlinkSync(path.join('../../blobs', name), path.join(snapshot, name));
  }
  expect(outcome(await vocabulary('hub/models--x--tiny/snapshots/tiny roberta'))).toBe('hit');
  write('other', 2);
  cpSync(at('other/model.safetensors'), path.join(hub, 'blobs', 'model.safetensors'));
  expect(outcome(await vocabulary('hub/models--x--tiny/snapshots/tiny roberta'))).toBe('ran');
  rmSync(path.join(hub, 'blobs', 'config.json'));
  const { code, stdout } = await vocabulary('hub/models--x--tiny/snapshots/tiny roberta');
  expect(code).toBe(2);
  expect(stdout).toMatch(/tiny roberta\/config\.json is a link to \.\.\/\.\.\/blobs\/config\.json, which does not exist/); // prettier-ignore
});

test.skipIf(withoutBubblewrap() !== undefined)(
  'a sandbox shows what the links lead to',
  async () => {
    write('blobs', 3);
    mkdirSync(at('linked'));
    for (const name of readdirSync(at('blobs'))) symlinkSync(at(`blobs/${name}`), at(`linked/${name}`)); // prettier-ignore
    expect(outcome(await vocabulary('linked', '--sandbox'))).toBe('ran');
  },
);

test('a folder of another format stops the run at its first stage, with what to do', async () => {
  write('pickled', 4);
  rmSync(at('pickled/model.safetensors'));
  writeFileSync(at('pickled/pytorch_model.bin'), '');
  const { code, stderr } = await vocabulary('pickled');
  expect(code).toBe(1);
  expect(stderr).toContain('pickled/model.safetensors: no such file, nor model.safetensors.index.json; there is pytorch_model.bin, which is not read'); // prettier-ignore
});

test('the message about a damaged encoder has its path in the project, and no stack', async () => {
  write('my encoders/very damaged', 2);
  writeFileSync(at('my encoders/very damaged/config.json'), '{ "model_type": "roberta"');
  const { code, stderr } = await vocabulary('my encoders/very damaged');
  expect(code).toBe(1);
  expect(stderr).toContain('│ my encoders/very damaged/config.json: ');
  expect(stderr).not.toMatch(/│ +at /);
});
