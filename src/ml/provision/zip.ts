// Takes files out of a wheel, which is a zip archive, without reading the rest. APPNOTE.TXT of PKWARE.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { ProvisionError } from './failure.ts';

interface Entry {
  readonly name: string;
  readonly deflated: boolean;
  readonly compressedBytes: number;
  /** Of its local header. */
  readonly offset: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const LARGEST_COMMENT = 0xffff;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;

/**
 * @param place where a file of the archive goes; undefined: nowhere
 * @returns how many were taken
 */
export async function unzip(
  archive: string,
  place: (name: string) => string | undefined,
): Promise<number> {
  const file = await open(archive);
  let taken = 0;
  try {
    for (const entry of await entries(file, archive)) {
      const to = place(entry.name);
      if (to === undefined || entry.name.endsWith('/')) continue;
      await mkdir(path.dirname(to), { recursive: true });
      await extract(file, archive, entry, to);
      taken++;
    }
  } finally {
    await file.close();
  }
  return taken;
}

async function entries(file: FileHandle, archive: string): Promise<readonly Entry[]> {
  const { size } = await file.stat();
  const tail = await read(file, Math.max(0, size - END_BYTES - LARGEST_COMMENT), size);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
  if (end < 0) throw new ProvisionError(`${archive} is no zip archive`);
  const count = tail.readUInt16LE(end + 10);
  const start = tail.readUInt32LE(end + 16);
  const directory = await read(file, start, start + tail.readUInt32LE(end + 12));
  const found: Entry[] = [];
  for (let at = 0, i = 0; i < count; i++) {
    const lengths = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    const [name = 0, extra = 0, comment = 0] = lengths;
    found.push({
      name: directory.toString('utf8', at + CENTRAL_BYTES, at + CENTRAL_BYTES + name),
      deflated: directory.readUInt16LE(at + 10) === 8,
      compressedBytes: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    });
    at += CENTRAL_BYTES + name + extra + comment;
  }
  return found;
}

async function extract(file: FileHandle, archive: string, entry: Entry, to: string): Promise<void> {
  const { deflated, compressedBytes, offset } = entry;
  const header = await read(file, offset, offset + LOCAL_BYTES);
  const start = offset + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const source =
    compressedBytes === 0
      ? PassThrough.from([])
      : createReadStream(archive, { start, end: start + compressedBytes - 1, highWaterMark: 1 << 20 }); // prettier-ignore
  const inflate = deflated && compressedBytes > 0 ? createInflateRaw({ chunkSize: 1 << 20 }) : new PassThrough(); // prettier-ignore
  await pipeline(source, inflate, createWriteStream(to));
}

async function read(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
  return buffer;
}
