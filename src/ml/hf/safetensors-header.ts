// The head of a safetensors file: u64 length, then JSON of name -> { dtype, shape, data_offsets }.
// https://huggingface.co/docs/safetensors: offsets count from the header's end, without holes.
import { readSync } from 'node:fs';

export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the file's start. */
  readonly start: number;
  readonly bytes: number;
}

const WIDTHS: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** The format's own limit: a file with a larger length is not a safetensors file. */
const MAX_HEADER_BYTES = 100_000_000;

export interface Header {
  /** In file order. */
  readonly entries: readonly TensorEntry[];
  /** `__metadata__`: text by name. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** @throws naming the file and what is wrong with it */
export function readHeader(file: number, size: number, path: string): Header {
  const length = size < 8 ? NaN : Number(readBytes(file, 0, 8).readBigUInt64LE());
  if (!(length <= MAX_HEADER_BYTES && 8 + length <= size)) {
    if (isLfsPointer(file, size)) {
      throw new Error(
        `${path}: a Git LFS pointer instead of the weights; 'git lfs pull' fetches them`,
      );
    }
    throw new Error(`${path}: not a safetensors file, or cut off (${size} bytes)`);
  }
  const base = 8 + length;
  const { __metadata__: metadata, ...tensors } = parseHeader(readBytes(file, 8, length), path);
  const entries = Object.entries(tensors).map(([name, raw]) => readEntry(name, raw, base, path));
  entries.sort((a, b) => a.start - b.start || a.bytes - b.bytes);
  let end = base;
  for (const entry of entries) {
    if (entry.start !== end)
      throw new Error(`${path}: tensor '${entry.name}' overlaps or skips data`);
    end += entry.bytes;
  }
  if (end !== size) {
    throw new Error(`${path}: tensors end at byte ${end}, the file at ${size}: cut off or damaged`);
  }
  return { entries, metadata: (metadata ?? {}) as Header['metadata'] };
}

/** A clone without git-lfs has such pointers instead of large files. */
function isLfsPointer(file: number, size: number): boolean {
  const first = readBytes(file, 0, Math.min(size, 64)).toString('latin1');
  return first.startsWith('version https://git-lfs.github.com/');
}

function parseHeader(bytes: Buffer, path: string): Readonly<Record<string, unknown>> {
  try {
    const header: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) {
      return header as Readonly<Record<string, unknown>>;
    }
  } catch {
    // Reported below, like a header that is JSON but no mapping.
  }
  throw new Error(`${path}: not a safetensors file: its header is not a JSON mapping`);
}

function readEntry(name: string, raw: unknown, base: number, path: string): TensorEntry {
  const { dtype, shape, data_offsets: span } = (raw ?? {}) as Record<string, unknown>;
  const width = typeof dtype === 'string' ? WIDTHS[dtype] : undefined;
  if (typeof dtype !== 'string' || width === undefined) {
    throw new Error(`${path}: tensor '${name}' has the unknown type ${String(dtype)}`);
  }
  if (!isSizes(shape) || !isSizes(span) || span.length !== 2) {
    throw new Error(`${path}: tensor '${name}' has no valid shape and data_offsets`);
  }
  const [from, to] = span as [number, number];
  const bytes = shape.reduce((product, n) => product * n, width);
  if (to - from !== bytes) {
    throw new Error(`${path}: tensor '${name}' [${shape.join(', ')}] has ${to - from} bytes`);
  }
  return { name, dtype, shape, start: base + from, bytes };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** @returns a separate buffer (offset 0), so that any typed array can view it */
export function readBytes(file: number, start: number, length: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let read = 0; read < length;) {
    const n = readSync(file, bytes, read, Math.min(length - read, 2 ** 30), start + read);
    if (n === 0) throw new Error('the file became shorter while it was read');
    read += n;
  }
  return bytes;
}
