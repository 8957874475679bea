// The directory of a zip archive, by APPNOTE.TXT of PKWARE. zip64, encryption and archives in several
// parts are refused: no wheel below 4 GB needs them.
import type { FileHandle } from 'node:fs/promises';
import { checkEntryName } from './entry-name.ts';
import { ProvisionError } from '../failure.ts';

export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly executable: boolean;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Of its local header. */
  readonly offset: number;
  /** Why it cannot be taken out. */
  readonly refused: string | undefined;
}

const END = 0x06054b50;
const END_BYTES = 22;
const LARGEST_COMMENT = 0xffff;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
export const LOCAL_BYTES = 30;
/** Stands for a number that only zip64 has room for. */
const ELSEWHERE = 0xffffffff;
const UNIX = 3;
const LINK = 0o120000;
const KIND = 0o170000;

/** @throws ProvisionError where it cannot be read as a whole, or a name leads out of it */
export async function zipEntries(file: FileHandle, archive: string): Promise<readonly ZipEntry[]> {
  const { size } = await file.stat();
  const from = Math.max(0, size - END_BYTES - LARGEST_COMMENT);
  const tail = await readBytes(file, from, size);
  let end = tail.length - END_BYTES;
  while (end >= 0 && !isEnd(tail, end)) end--;
  if (end < 0) throw new ProvisionError(`${archive} is no zip archive, or is cut off`);
  const count = tail.readUInt16LE(end + 10);
  const length = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  if (count === 0xffff || length === ELSEWHERE || start === ELSEWHERE) {
    throw new ProvisionError(`${archive} is a zip64 archive, which cannot be read here`);
  }
  if (tail.readUInt32LE(end + 4) !== 0 || tail.readUInt16LE(end + 8) !== count) {
    throw new ProvisionError(`${archive} is a part of an archive, which cannot be read here`);
  }
  if (start + length > from + end) throw damaged(archive);
  const directory = await readBytes(file, start, start + length);
  const found: ZipEntry[] = [];
  for (let at = 0; found.length < count;) {
    if (at + CENTRAL_BYTES > length || directory.readUInt32LE(at) !== CENTRAL) {
      throw damaged(archive);
    }
    const [name = 0, extra = 0, comment = 0] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field)); // prettier-ignore
    const next = at + CENTRAL_BYTES + name + extra + comment;
    if (next > length) throw damaged(archive);
    found.push(entryOf(directory.subarray(at, next), name, start));
    at = next;
  }
  for (const { name } of found) checkEntryName(name, archive);
  return found;
}

export async function readBytes(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
  return buffer.subarray(0, bytesRead);
}

/** The signature may occur in the comment too: the true one's comment ends with the file. */
function isEnd(tail: Buffer, at: number): boolean {
  return tail.readUInt32LE(at) === END && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length; // prettier-ignore
}

/** @param end of the files: there the directory begins */
function entryOf(record: Buffer, nameBytes: number, end: number): ZipEntry {
  const method = record.readUInt16LE(10);
  const mode = record[5] === UNIX ? record.readUInt16LE(40) : 0;
  const [compressedBytes = 0, bytes = 0] = [20, 24].map((field) => record.readUInt32LE(field));
  const offset = record.readUInt32LE(42);
  return {
    name: record.toString('utf8', CENTRAL_BYTES, CENTRAL_BYTES + nameBytes),
    deflated: method === 8,
    executable: (mode & 0o111) !== 0,
    crc32: record.readUInt32LE(16),
    compressedBytes,
    bytes,
    offset,
    refused:
      refusal(record.readUInt16LE(8), method, mode, [compressedBytes, bytes, offset]) ??
      (offset + LOCAL_BYTES + compressedBytes > end ? 'it is damaged' : undefined),
  };
}

function refusal(
  flags: number,
  method: number,
  mode: number,
  numbers: readonly number[],
): string | undefined {
  if ((mode & KIND) === LINK) return 'it is a link';
  if ((flags & 1) !== 0) return 'it is encrypted';
  if (method !== 0 && method !== 8) return `it is packed by method ${method}`;
  return numbers.includes(ELSEWHERE) ? 'it needs zip64' : undefined;
}

function damaged(archive: string): ProvisionError {
  return new ProvisionError(`${archive} is damaged: its directory cannot be read`);
}
