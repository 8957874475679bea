// Writes archives byte by byte, so that tests can have hostile and broken ones.
import { createHash } from 'node:crypto';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export interface Packed {
  readonly name: string;
  readonly data: Uint8Array | string;
  /** Of a zip archive, Unix's; its upper bits tell a link from a file. */
  readonly mode?: number;
  /** Of a zip archive: 0 as it is, 8 deflated. */
  readonly method?: number;
  /** Of a zip archive: what its directory says instead of the truth. */
  readonly says?: Partial<Record<'crc' | 'bytes' | 'compressed' | 'offset' | 'flags', number>>;
  /** Of a tar archive: 0 a file, 5 a folder, 1 and 2 links. */
  readonly type?: string;
}

/** By APPNOTE.TXT of PKWARE. */
export function zip(files: readonly Packed[], comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, mode = 0o100644, method = 8, says = {} } of files) {
    const bytes = Buffer.from(data as string);
    const body = method === 8 ? deflateRawSync(bytes) : bytes;
    const label = Buffer.from(name);
    const crc = says.crc ?? crc32(bytes);
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE((3 << 8) | 20, 4);
    header.writeUInt16LE(20, 6);
    header.writeUInt16LE(says.flags ?? 0, 8);
    header.writeUInt16LE(method, 10);
    header.writeUInt32LE(crc, 16);
    header.writeUInt32LE(says.compressed ?? body.length, 20);
    header.writeUInt32LE(says.bytes ?? bytes.length, 24);
    header.writeUInt16LE(label.length, 28);
    header.writeUInt32LE(mode * 0x10000, 38);
    header.writeUInt32LE(says.offset ?? at, 42);
    directory.push(header, label);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    header.copy(local, 4, 6, 30);
    parts.push(local, label, body);
    at += local.length + label.length + body.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  return Buffer.concat([...parts, listed, end, Buffer.from(comment)]);
}

/** In POSIX's ustar form. */
export function tar(files: readonly Packed[]): Buffer {
  const blocks = files.flatMap(({ name, data, type = '0' }) => {
    const bytes = Buffer.from(data as string);
    return [tarHeader(name, bytes.length, type), bytes, Buffer.alloc(-bytes.length & 511)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export function tarHeader(name: string, size: number, type: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(type, 156);
  header.write('ustar\u000000', 257);
  return signed(header);
}

/** Its sum set anew. */
export function signed(header: Buffer): Buffer {
  header.fill(0x20, 148, 156);
  const sum = header.subarray(0, 512).reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A package as npm's registry has it, all of it below `package/`. */
export function npmTarball(files: readonly Packed[]): Buffer {
  return gzipSync(tar(files.map((file) => ({ ...file, name: `package/${file.name}` }))));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** As npm writes it. */
export function integrity(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}
