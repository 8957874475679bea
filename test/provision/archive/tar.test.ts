import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ProvisionError } from '../../../src/provision/failure.ts';
import { tarFiles } from '../../../src/provision/archive/tar.ts';
import { signed, tar, tarHeader } from '../../rig/archives.ts';

const read = async (bytes: Buffer) => (await tarFiles(bytes, 'a@1', () => true)).map(({ name, data }) => [name, Buffer.from(data).toString('latin1')] as const); // prettier-ignore

async function refusal(bytes: Buffer): Promise<string> {
  try {
    return `taken: ${JSON.stringify(await read(bytes))}`;
  } catch (error) {
    expect(error).toBeInstanceOf(ProvisionError);
    return (error as Error).message;
  }
}

const pax = (record: string) => {
  let length = record.length + 3;
  while (`${length} ${record}\n`.length !== length) length++;
  return { name: 'PaxHeader/x', data: `${length} ${record}\n`, type: 'x' };
};

test('what is packed comes out, in its order', async () => {
  const files = fc.array(
    fc.record({
      name: fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}$/),
      data: fc.uint8Array({ maxLength: 1500 }),
    }),
    { maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(files, async (given) => {
      expect(await read(tar(given))).toEqual(given.map(({ name, data }) => [name, Buffer.from(data).toString('latin1')])); // prettier-ignore
    }),
  );
});

test('what npm packs comes out, long names too', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tar-'));
  try {
    const long = `${'deep/'.repeat(30)}${'x'.repeat(120)}.h`;
    const files = { 'package.json': '{ "name": "a", "version": "1.0.0" }', [long]: 'far down', 'é.txt': 'é' }; // prettier-ignore
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    const packed = spawnSync('npm', ['pack', '--silent', '--offline'], { cwd: folder });
    expect(packed.status).toBe(0);
    const file = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    const found = await tarFiles(gunzipSync(readFileSync(path.join(folder, file))), 'a@1.0.0', () => true); // prettier-ignore
    const texts = Object.fromEntries(found.map(({ name, data }) => [name, Buffer.from(data).toString()])); // prettier-ignore
    expect(texts).toEqual(Object.fromEntries(Object.entries(files).map(([name, text]) => [`package/${name}`, text]))); // prettier-ignore
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a pax record names the entry that follows, and only that', async () => {
  const files = [pax('path=a/longer'), { name: 'a/lo', data: '1' }, { name: 'b', data: '2' }];
  expect(await read(tar(files))).toEqual([
    ['a/longer', '1'],
    ['b', '2'],
  ]);
  expect(await refusal(tar([pax('path=../x'), { name: 'a', data: '1' }]))).toContain('"../x", which leads out of it'); // prettier-ignore
});

test.each(['../x', 'a/../../x', '/etc/x', 'a//x', 'a\\x', 'C:x', ''])(
  'the name %j is refused',
  async (name) => {
    expect(await refusal(tar([{ name, data: 'text' }]))).toBe(`a@1 holds ${JSON.stringify(name)}, which leads out of it`); // prettier-ignore
  },
);

test.each(['1', '2', '3', '4', '6'])('an entry of type %s is refused', async (type) => {
  expect(await refusal(tar([{ name: 'a', data: '', type }]))).toBe('a@1 holds "a", which is no regular file'); // prettier-ignore
});

/** An archive whose one file bears a name in GNU's record for long names. */
const longNamed = (name: string) =>
  tar([
    { name: '././@LongLink', data: `${name}\0`, type: 'L' },
    { name: 'a', data: '1' },
  ]);

test("GNU's record of a long name names the entry that follows, and may not lead out either", async () => {
  expect(await read(longNamed('a/longer'))).toEqual([['a/longer', '1']]);
  expect(await refusal(longNamed('../x'))).toContain('"../x", which leads out of it');
});

test('folders and remarks on the whole archive are passed over', async () => {
  const files = [
    { name: 'pax_global_header', data: '12 comment=x\n', type: 'g' },
    { name: 'a/', data: '', type: '5' },
    { name: 'a/b', data: 'text', type: '\0' },
  ];
  expect(await read(tar(files))).toEqual([['a/b', 'text']]);
});

test('cut off anywhere before its end, it is refused', async () => {
  const bytes = tar([
    { name: 'a', data: 'x'.repeat(700) },
    { name: 'b', data: 'text' },
  ]);
  for (let length = 0; length < bytes.length - 512; length += 37) {
    expect(await refusal(bytes.subarray(0, length))).toMatch(/^a@1 is damaged: /);
  }
});

test('not even the first part of a file that is cut off is given out', async () => {
  const bytes = tar([{ name: 'a', data: 'x'.repeat(700) }]).subarray(0, 1000);
  await expect(tarFiles(bytes, 'a@1', () => true)).rejects.toThrow('a@1 is damaged: ');
});

test('any byte of a header changed is noticed', async () => {
  const bytes = tar([{ name: 'a', data: 'text' }]);
  const unnoticed: number[] = [];
  for (let at = 0; at < 512; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 0x41;
    if (!(await refusal(changed)).startsWith('a@1 is damaged: ')) unnoticed.push(at);
  }
  // What follows the sum's zero byte holds nothing.
  expect(unnoticed).toEqual([155]);
});

test.each(['zz', '-1', '\u00801234'])('the size %j is refused', async (size) => {
  const header = tarHeader('a', 0, '0');
  header.fill(0, 124, 136);
  header.write(size, 124, 'latin1');
  expect(await refusal(Buffer.concat([signed(header), Buffer.alloc(1024)]))).toMatch(/^a@1 is damaged: /); // prettier-ignore
});

test('noise is refused, or is empty', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (noise) => {
      expect(await refusal(Buffer.from(noise))).toMatch(/^a@1 is damaged|^taken: \[\]$/);
    }),
  );
});
