// One-dimensional arrays in NumPy's .npy format, version 1.0: `numpy.load` reads what we write.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { readFileSync, writeFileSync } from 'node:fs';

const MAGIC = '\x93NUMPY\x01\x00';
const ALIGNMENT = 64;

const TYPES = {
  '<i4': Int32Array,
  '<u4': Uint32Array,
  '<u2': Uint16Array,
  '<f4': Float32Array,
} as const;

type Descr = keyof typeof TYPES;
export type Vector = Int32Array | Uint32Array | Uint16Array | Float32Array;

export function writeNpy(file: string, vector: Vector): void {
  const [descr] = Object.entries(TYPES).find(([, type]) => vector instanceof type) as [
    Descr,
    never,
  ];
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${vector.length},), }`;
  const before = MAGIC.length + 2;
  const length = Math.ceil((before + text.length + 1) / ALIGNMENT) * ALIGNMENT - before;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(length);
  const header = Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1');
  const data = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  writeFileSync(file, Buffer.concat([Buffer.from(MAGIC, 'latin1'), size, header, data]));
}

/** @throws naming the file: another version, type or shape, or a length that differs from the header's */
export function readNpy<D extends Descr>(file: string, descr: D): InstanceType<(typeof TYPES)[D]> {
  const bytes = readFileSync(file);
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new Error(`${file}: not an .npy file of version 1.0`);
  }
  const start = MAGIC.length + 2 + bytes.readUInt16LE(MAGIC.length);
  const header = bytes.toString('latin1', MAGIC.length + 2, start);
  const found = /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': \((\d+),\), \}/.exec(
    header,
  );
  const type = TYPES[descr];
  if (
    found?.[1] !== descr ||
    (bytes.length - start) / type.BYTES_PER_ELEMENT !== Number(found[2])
  ) {
    throw new Error(`${file}: not a whole vector of '${descr}': ${header.trim()}`);
  }
  // A copy: typed arrays must be aligned, and the bytes may start anywhere in a pooled buffer.
  const { buffer } = new Uint8Array(bytes.subarray(start));
  return new type(buffer) as InstanceType<(typeof TYPES)[D]>;
}
