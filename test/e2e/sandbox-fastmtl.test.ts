// FastMTL's stages, watched and shut in: they declare all that they use.
import { describe, expect, it } from 'vitest';
import { CUT_DOWN, FastmtlProject } from '../rig/fastmtl-project.ts';
import { withoutBubblewrap, withoutStrace } from '../rig/tools.ts';

const absent = withoutBubblewrap();

const digests = async (fastmtl: FastmtlProject) =>
  (await fastmtl.run('fig3')).instances.map(({ id, key, outputs }) => [id, key, outputs]);

describe.skipIf(absent !== undefined)('FastMTL’s pipelines', () => {
  it.skipIf(withoutStrace() !== undefined)('read and write what they declared alone', async () => {
    const fastmtl = new FastmtlProject();
    try {
      const params = ['primaries=rte', 'submit_num=30'];
      const { instances } = await fastmtl.run('run_all', ...params);
      const one = new Map(instances.map((instance) => [instance.stage, instance.id]));
      expect([...one.keys()]).toEqual(expect.arrayContaining(['finetune', 'tsne', 'submission']));
      const set = [...CUT_DOWN, ...params].flatMap((param) => ['-p', param]);
      for (const id of one.values()) {
        const ended = await fastmtl.flow('audit', id, '-f', 'pipelines/run_all.yaml', '--json', ...set); // prettier-ignore
        const nothing = { reads: [], writes: [], network: [], differing: [] };
        expect(JSON.parse(ended.stdout)).toEqual({ id, ok: true, by: 'strace', ...nothing });
      }
    } finally {
      fastmtl.close();
    }
  });

  it('run in the sandbox to the keys and digests that they have outside', async () => {
    const [inside, outside] = [new FastmtlProject('--sandbox'), new FastmtlProject()];
    try {
      expect(await digests(inside)).toEqual(await digests(outside));
    } finally {
      inside.close();
      outside.close();
    }
  });
});
