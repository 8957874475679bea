// Takes files out of a wheel, which is a zip archive, without reading the rest.
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { ProvisionError } from '../failure.ts';
import { LOCAL_BYTES, readBytes, zipEntries } from './zip-directory.ts';
import type { ZipEntry } from './zip-directory.ts';

const LOCAL = 0x04034b50;
const CHUNK = 1 << 20;

/**
 * @param place where a file of the archive goes; undefined: nowhere
 * @returns how many were taken
 * @throws ProvisionError where one that is wanted cannot be had whole
 */
export async function unzip(
  archive: string,
  place: (name: string) => string | undefined,
): Promise<number> {
  const file = await open(archive);
  const taken = new Set<string>();
  try {
    for (const entry of await zipEntries(file, archive)) {
      const to = place(entry.name);
      if (to === undefined || entry.name.endsWith('/')) continue;
      if (taken.has(to)) throw refused(archive, entry, 'it is there twice');
      if (entry.refused !== undefined) throw refused(archive, entry, entry.refused);
      taken.add(to);
      await mkdir(path.dirname(to), { recursive: true });
      await extract(file, archive, entry, to);
    }
  } finally {
    await file.close();
  }
  return taken.size;
}

async function extract(
  file: FileHandle,
  archive: string,
  entry: ZipEntry,
  to: string,
): Promise<void> {
  const { deflated, compressedBytes, offset } = entry;
  const header = await readBytes(file, offset, offset + LOCAL_BYTES);
  if (header.readUInt32LE(0) !== LOCAL) throw refused(archive, entry, 'it is damaged');
  const start = offset + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  // Open before anything can fail: a stream that opens by itself may make the file after it was removed.
  const made = await open(to, 'w', entry.executable ? 0o755 : 0o644);
  const source =
    compressedBytes === 0
      ? PassThrough.from([])
      : createReadStream(archive, {
          start,
          end: start + compressedBytes - 1,
          highWaterMark: CHUNK,
        });
  const inflate = deflated && compressedBytes > 0 ? createInflateRaw({ chunkSize: CHUNK }) : new PassThrough(); // prettier-ignore
  const written = made.createWriteStream();
  try {
    await pipeline(source, inflate, (chunks) => checked(chunks, archive, entry), written);
  } catch (error) {
    await rm(to, { force: true });
    const { code = '' } = error as NodeJS.ErrnoException;
    // zlib's own errors; a stream that ends before its bytes do is aborted.
    const damaged = code.startsWith('Z_') || code === 'ABORT_ERR';
    throw damaged ? refused(archive, entry, 'it is damaged') : error;
  }
}

/** Passes on what the directory says that there is: no more, no less and no other. */
async function* checked(chunks: AsyncIterable<Buffer>, archive: string, entry: ZipEntry) {
  let [bytes, sum] = [0, 0];
  for await (const chunk of chunks) {
    bytes += chunk.length;
    // A few bytes can be packed that fill a disk.
    if (bytes > entry.bytes) throw refused(archive, entry, `it has more than ${entry.bytes} bytes`);
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (bytes < entry.bytes) throw refused(archive, entry, 'it is cut off');
  if (sum !== entry.crc32) throw refused(archive, entry, 'it is damaged');
}

function refused(archive: string, { name }: ZipEntry, why: string): ProvisionError {
  return new ProvisionError(`${archive}: ${JSON.stringify(name)} cannot be taken out: ${why}`);
}
