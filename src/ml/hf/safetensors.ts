// Weights in safetensors files. Little endian, as the format is and as every platform of Node is.
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import type { Weights } from '../encoder/weights.ts';
import { narrowBf16, narrowF16, widenBf16, widenF16 } from './half.ts';
import { readBytes, readHeader } from './safetensors-header.ts';
import type { Header, TensorEntry } from './safetensors-header.ts';

/** The types that can be read and written, by their names in the file. */
export type FloatType = 'F32' | 'F16' | 'BF16';

/**
 * Reads all float tensors as float32, one at a time, so that memory never holds a second copy of the
 * file. I64 tensors are buffers such as `position_ids`, which no computation needs; they are left out.
 *
 * @throws naming the file, and a tensor whose type cannot be used
 */
export function readSafetensors(path: string): Weights {
  return readSafetensorsFile(path).weights;
}

/** The same, with the file's `__metadata__`. */
export function readSafetensorsFile(path: string): {
  readonly weights: Weights;
  readonly metadata: Header['metadata'];
} {
  const file = openSync(path, 'r');
  try {
    const about = fstatSync(file);
    if (!about.isFile()) throw new Error(`${path}: not a file`);
    const { entries, metadata } = readHeader(file, about.size, path);
    const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const entry of entries) {
      if (entry.dtype === 'I64') continue;
      weights.set(entry.name, { shape: entry.shape, data: readFloats(file, entry, path) });
    }
    return { weights, metadata };
  } finally {
    closeSync(file);
  }
}

function readFloats(file: number, entry: TensorEntry, path: string): Float32Array {
  const { buffer } = readBytes(file, entry.start, entry.bytes);
  switch (entry.dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return widenF16(new Uint16Array(buffer));
    case 'BF16':
      return widenBf16(new Uint16Array(buffer));
    default:
      throw new Error(
        `${path}: tensor '${entry.name}' is ${entry.dtype}; F32, F16 and BF16 can be read`,
      );
  }
}

/**
 * Writes tensors. The bytes depend only on names, shapes and values: names are sorted by code unit, and
 * spaces pad the header to a multiple of 8, so that the data is aligned.
 *
 * @param metadata further entries of `__metadata__`
 * @param type of all tensors; the 16-bit ones round to the nearest value
 * @throws naming a tensor with a value that is too large for the type
 */
export function writeSafetensors(
  path: string,
  weights: Weights,
  metadata: Readonly<Record<string, string>> = {},
  type: FloatType = 'F32',
): void {
  const names = [...weights.keys()].sort();
  // transformers refuses a file that does not name the framework it was written for.
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let end = 0;
  for (const name of names) {
    const { shape, data } = tensor(weights, name);
    const bytes = data.length * (type === 'F32' ? 4 : 2);
    header[name] = { dtype: type, shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  head.writeBigUInt64LE(BigInt(head.length - 8));
  json.copy(head, 8);

  const file = openSync(path, 'w');
  try {
    writeAll(file, head);
    for (const name of names) {
      const stored = narrowed(tensor(weights, name).data, type, name);
      writeAll(file, new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
    }
  } finally {
    closeSync(file);
  }
}

function narrowed(data: Float32Array, type: FloatType, name: string): Float32Array | Uint16Array {
  if (type === 'F32') return data;
  const stored = type === 'F16' ? narrowF16(data) : narrowBf16(data);
  const infinite = type === 'F16' ? 0x7c00 : 0x7f80;
  const lost = stored.findIndex((bits, i) => (bits & 0x7fff) === infinite && Number.isFinite(data[i])); // prettier-ignore
  if (lost === -1) return stored;
  const wider = type === 'F16' ? 'bfloat16 or float32' : 'float32';
  throw new Error(`tensor '${name}' has ${data[lost]}, too large for ${type}: write ${wider}`);
}

function tensor(weights: Weights, name: string) {
  const found = weights.get(name);
  if (found === undefined) throw new Error(`no tensor '${name}'`);
  const values = found.shape.reduce((product, n) => product * n, 1);
  if (values !== found.data.length) {
    throw new Error(`tensor '${name}' [${found.shape.join(', ')}] has ${found.data.length} values`);
  }
  return found;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(file, bytes, written, Math.min(bytes.length - written, 2 ** 30));
  }
}
