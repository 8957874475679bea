import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  digestBytes,
  digestFile,
  hexOf,
  isDigest,
  newHasher,
} from '../../../src/flow/key/digest.ts';

// FIPS 180-2, appendix B.
const ABC = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('bytes and text have the digest that other tools print', () => {
  expect(digestBytes('abc')).toBe(ABC);
  expect(digestBytes(new Uint8Array())).toBe(EMPTY);
  expect(digestBytes('é')).toBe(digestBytes(new Uint8Array([0xc3, 0xa9])));
});

test('a stream of chunks has the digest of the whole', () => {
  const hasher = newHasher();
  hasher.update('a');
  hasher.update(new Uint8Array([0x62]));
  hasher.update('c');
  expect(hasher.digest()).toBe(ABC);
});

test('a file larger than the read buffer has the digest and size of its bytes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flow-digest-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const bytes = new Uint8Array(2_500_000).map((_, index) => index % 251);
  writeFileSync(join(folder, 'big'), bytes);
  const fd = openSync(join(folder, 'big'), 'r');
  onTestFinished(() => closeSync(fd));
  // Twice: it is read from its start, wherever the last reader left off.
  for (let time = 0; time < 2; time++) {
    expect(await digestFile(fd)).toEqual({ digest: digestBytes(bytes), size: bytes.length });
  }
});

test('only the full form is a digest', () => {
  expect(isDigest(ABC)).toBe(true);
  expect(hexOf(digestBytes('abc'))).toBe(ABC.slice(7));
  for (const text of ['', ABC.slice(7), ABC.toUpperCase(), `${ABC}0`, `${ABC}\n`]) {
    expect(isDigest(text)).toBe(false);
  }
});
