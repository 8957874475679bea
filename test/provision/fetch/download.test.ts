import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { download } from '../../../src/provision/fetch/download.ts';
import { linksInHtml, linksInJson } from '../../../src/provision/fetch/index-page.ts';
import { parseConfig } from '../../../src/provision/fetch/pip-settings.ts';

const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));
const wheel = {
  file: 'a.whl',
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.length,
};
let folder: string;
let server: Server;
let ranges: (string | undefined)[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'download-'));
  ranges = [];
});
afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

async function serve(answer: RequestListener): Promise<URL> {
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a.whl`);
}

const options = { onProgress: () => {}, pauses: [1, 1, 1] };

test('a connection that breaks is gone on from where it broke', async () => {
  const url = await serve((request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start });
    if (start > 0) response.end(bytes.subarray(start));
    else response.write(bytes.subarray(0, 2000), () => response.destroy());
  });
  const file = await download(wheel, url, folder, options);
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(ranges[0]).toBe(undefined);
  expect(ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
});

test('what an earlier process left is gone on from, and other bytes are deleted', async () => {
  writeFileSync(path.join(folder, 'a.whl.part'), bytes.subarray(0, 3000));
  const url = await serve((_, response) => response.writeHead(206).end(bytes.subarray(3000)));
  await download(wheel, url, folder, options);
  expect(ranges).toEqual(['bytes=3000-']);
  const other = { ...wheel, file: 'b.whl', sha256: '0'.repeat(64) };
  writeFileSync(path.join(folder, 'b.whl.part'), bytes.subarray(0, 3000));
  await expect(download(other, url, folder, options)).rejects.toThrow('flow deleted it');
  expect(existsSync(path.join(folder, 'b.whl.part'))).toBe(false);
  expect(existsSync(path.join(folder, 'b.whl'))).toBe(false);
});

test('a server that does not have it, or never answers, is told', async () => {
  const url = await serve((_, response) => response.writeHead(404).end());
  await expect(download(wheel, url, folder, options)).rejects.toThrow('answers 404');
  server.close();
  await expect(download(wheel, new URL('http://127.0.0.1:1/a'), folder, options)).rejects.toThrow('ECONNREFUSED'); // prettier-ignore
});

test('both forms of an index page give files, places and digests', () => {
  const sha256 = 'a'.repeat(64);
  const html = `<a href="../../a.whl#sha256=${sha256}" data-x="1">a.whl</a><br><a href="b.whl">b.whl</a>`;
  expect(linksInHtml(html)).toEqual([
    { file: 'a.whl', url: '../../a.whl', sha256 },
    { file: 'b.whl', url: 'b.whl', sha256: undefined },
  ]);
  const json = JSON.stringify({
    files: [{ filename: 'a.whl', url: 'x/a.whl', hashes: { sha256 } }],
  });
  expect(linksInJson(json)).toEqual([{ file: 'a.whl', url: 'x/a.whl', sha256 }]);
});

test('the settings of pip: environment before command before global', () => {
  const text = `global.index-url='https://g/simple'\ndownload.index-url='https://d/simple'\nglobal.extra-index-url='\\nhttps://a\\nhttps://b'\n`;
  expect(parseConfig(text, {})('index-url')).toEqual(['https://d/simple']);
  expect(parseConfig(text, { PIP_INDEX_URL: 'https://e' })('index-url')).toEqual(['https://e']);
  expect(parseConfig(text, {})('extra-index-url')).toEqual(['https://a', 'https://b']);
  expect(parseConfig('', {})('cert')).toEqual([]);
});
