import fc from 'fast-check';
import { zipSync } from 'fflate';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProvisionError } from '../../../src/provision/failure.ts';
import { unzip } from '../../../src/provision/archive/zip.ts';
import { zip } from '../../rig/archives.ts';
import type { Packed } from '../../rig/archives.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zip-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const mode = (name: string) => statSync(path.join(folder, 'within', 'out', name)).mode;

/** Takes all files of an archive out. @returns what lies there then, by path */
async function extract(bytes: Uint8Array): Promise<ReadonlyMap<string, Buffer>> {
  const archive = path.join(folder, 'a.whl');
  const out = path.join(folder, 'within', 'out');
  rmSync(path.join(folder, 'within'), { recursive: true, force: true });
  writeFileSync(archive, bytes);
  const taken = await unzip(archive, (name) => path.join(out, name));
  const files = existsSync(out) ? readdirSync(out, { recursive: true, encoding: 'utf8' }) : [];
  const found = new Map(
    files
      .filter((file) => statSync(path.join(out, file)).isFile())
      .map((file) => [file, readFileSync(path.join(out, file))] as const),
  );
  expect(taken).toBe(found.size);
  return found;
}

const refusal = (bytes: Uint8Array): Promise<string> =>
  extract(bytes).then(
    (found) => `taken: ${[...found.keys()].join()}`,
    (error: unknown) => {
      expect(error).toBeInstanceOf(ProvisionError);
      return (error as Error).message.replaceAll(folder, '');
    },
  );

const one = (changes: Partial<Packed>): Buffer => zip([{ name: 'a/b', data: 'text', ...changes }]);

const files = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}\.[a-z]$/),
    data: fc.uint8Array({ maxLength: 3000 }),
    level: fc.constantFrom(0, 6),
  }),
  { maxLength: 6, selector: ({ name }) => name },
);

test('what another program packs comes out, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(files, async (given) => {
      const bytes = zipSync(Object.fromEntries(given.map(({ name, data, level }) => [name, [data, { level: level as 0 | 6 }]]))); // prettier-ignore
      const found = await extract(bytes);
      const wanted = given.map(({ name, data }) => [name, Buffer.from(data)] as const);
      expect(new Map([...found].sort())).toEqual(new Map(wanted.sort(([a], [b]) => (a < b ? -1 : 1)))); // prettier-ignore
    }),
    { numRuns: 40 },
  );
});

test('any byte changed: the same comes out, or a refusal, and nothing outside its folder', async () => {
  const given: readonly Packed[] = [
    { name: 'a/one.so', data: 'one '.repeat(40), mode: 0o100755 },
    { name: 'b/two.h', data: 'as it is', method: 0 },
    { name: 'empty', data: '' },
  ];
  const bytes = zip(given, 'said');
  const whole = await extract(bytes);
  const wanted = new Set(whole.keys());
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    try {
      for (const [name, data] of await extract(changed)) {
        // A name has no sum of its own; an entry may also be left out by its name.
        if (wanted.has(name)) expect(data).toEqual(whole.get(name));
        else expect([...whole.values()]).toContainEqual(data);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ProvisionError);
    }
    const around = readdirSync(folder).filter((name) => name !== 'within' && name !== 'a.whl');
    expect(around).toEqual([]);
  }
});

test('cut off anywhere, it is refused', async () => {
  const bytes = zip([
    { name: 'a/b', data: 'text '.repeat(30) },
    { name: 'c', data: 'more', method: 0 },
  ]);
  for (let length = 0; length < bytes.length; length++) {
    expect(await refusal(bytes.subarray(0, length))).toMatch(/is not a complete zip archive: /);
  }
});

test.each([
  '../x',
  'a/../../x',
  '/x',
  '//x',
  'a/./x',
  'a//x',
  '..',
  'a\\..\\x',
  'C:/x',
  'a/\0x',
  '',
])('the name %j is refused, whatever else is in it', async (name) => {
  const said = await refusal(
    zip([
      { name: 'fine', data: 'fine' },
      { name, data: 'text' },
    ]),
  );
  expect(said).toBe(`/a.whl holds ${JSON.stringify(name)}, which leads out of it`);
  expect(readdirSync(folder)).toEqual(['a.whl']);
});

test.each([
  ['a link', { mode: 0o120777 }, 'it is a link'],
  [
    'an encrypted file',
    { says: { flags: 1 } },
    'it is encrypted, or packed by another method than deflate',
  ],
  ['another packing', { method: 12 }, 'it is encrypted, or packed by another method than deflate'],
  [
    'a size that only zip64 has room for',
    { says: { bytes: 0xffffffff } },
    'not enough bytes in the stream. expected 4294967295. got only 4',
  ],
  ['a wrong sum', { says: { crc: 1 } }, 'its checksum is wrong'],
  ['a wrong sum of a file as it is', { method: 0, says: { crc: 1 } }, 'its checksum is wrong'],
  [
    'more bytes than it says',
    { says: { bytes: 3 } },
    'too many bytes in the stream. expected 3. got at least 4',
  ],
  [
    'fewer bytes than it says',
    { says: { bytes: 5 } },
    'not enough bytes in the stream. expected 5. got only 4',
  ],
  ['half of its packed bytes', { says: { compressed: 3 } }, 'unexpected end of file'],
  ['a place that is none', { says: { offset: 7 } }, 'invalid local file header signature: 0x800'],
  ['a place beyond the end', { says: { offset: 0x7fffffff } }, 'unexpected EOF'],
] as const)('%s is refused, and none of it is left', async (_, changes, why) => {
  expect(await refusal(one(changes))).toBe(`/a.whl: "a/b" cannot be taken out: ${why}`);
  expect(existsSync(path.join(folder, 'within', 'out', 'a', 'b'))).toBe(false);
});

test('damage that shows while other files are opened is refused too', async () => {
  const archive = path.join(folder, 'a.whl');
  writeFileSync(archive, one({ says: { bytes: 5 } }));
  const all = await Promise.allSettled(
    Array.from({ length: 100 }, (_, i) => unzip(archive, () => path.join(folder, `${i}`))),
  );
  for (const { status, reason } of all as PromiseRejectedResult[]) {
    expect(status).toBe('rejected');
    expect(reason).toBeInstanceOf(ProvisionError);
  }
  expect(readdirSync(folder)).toEqual(['a.whl']);
});

test('a bomb stops at the size that it says', async () => {
  const data = Buffer.alloc(50e6);
  expect(await refusal(one({ data, says: { bytes: 1000 } }))).toContain(
    'too many bytes in the stream. expected 1000.',
  );
});

test('a directory that is not where it should be, parts of an archive and other files are refused', async () => {
  const end = (field: number, value: number, size: 2 | 4) => {
    const bytes = one({});
    bytes.writeUIntLE(value, bytes.length - 22 + field, size);
    return refusal(bytes);
  };
  const incomplete = '/a.whl is not a complete zip archive: ';
  expect(await end(10, 0xffff, 2)).toContain(incomplete);
  expect(await end(16, 0xffffffff, 4)).toContain(incomplete);
  expect(await end(16, 3, 4)).toContain(incomplete);
  expect(await end(4, 1, 2)).toContain(`${incomplete}multi-disk zip files are not supported`);
  expect(await refusal(Buffer.from('<html>'.repeat(20)))).toContain(incomplete);
});

test('a file that is there twice is refused', async () => {
  const said = await refusal(zip(['x', 'y'].map((data) => ({ name: 'a', data }))));
  expect(said).toContain('"a" cannot be taken out: it is there twice');
});

test('a program stays one, and nothing else becomes one', async () => {
  await extract(
    zip([
      { name: 'bin/ptxas', data: '#!', mode: 0o100755 },
      { name: 'lib/a.so', data: 'a', mode: 0o100644 },
      { name: 'setuid', data: 'a', mode: 0o104777 },
    ]),
  );
  expect(mode('bin/ptxas') & 0o100).toBe(0o100);
  expect(mode('lib/a.so') & 0o111).toBe(0);
  expect(mode('setuid') & 0o7022).toBe(0);
});

test('only what has a place is read: a broken file that nobody wants harms nothing', async () => {
  const archive = path.join(folder, 'b.whl');
  writeFileSync(
    archive,
    zip([
      { name: 'docs/', data: '' },
      { name: 'broken', data: 'x', says: { crc: 1 } },
      { name: 'wanted', data: 'text' },
    ]),
  );
  const place = (name: string) => (name === 'broken' ? undefined : path.join(folder, 'o', name));
  expect(await unzip(archive, place)).toBe(1);
  expect(readFileSync(path.join(folder, 'o', 'wanted'), 'utf8')).toBe('text');
});
