import type * as Fs from 'node:fs';
import { readdirSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { openStore } from '../../../src/flow/store/open-store.ts';
import { failure, temporaryFolder } from './temporary.ts';

let code = 'EPERM';

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof Fs>()),
  linkSync: () => {
    throw Object.assign(new Error(`${code}: link`), { code, syscall: 'link' });
  },
}));

test('a cache is not made where no hard links can be, and nothing is left there', async () => {
  const root = temporaryFolder();
  for (code of ['EPERM', 'ENOSYS', 'ENOTSUP']) {
    const refused = failure(await openStore(root));
    expect(refused.message).toContain(
      `its file system does not support hard links (${code}: link)`,
    );
    expect(refused.hint).toContain('--cache');
    expect(readdirSync(root)).toEqual([]);
  }
  code = 'ENOSPC';
  expect(failure(await openStore(root)).message).toContain('ENOSPC: link');
});
