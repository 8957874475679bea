import { formatCount } from '../format.ts';
import { type Preview, SHOWN } from './preview.ts';

/**
 * A NumPy array: magic, version, header length, a Python literal with dtype and shape, then the values.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function npyPreview(head: Uint8Array, size: number): Preview | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < 10 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY') return undefined;
  const long = (bytes[6] ?? 1) >= 2;
  const length = long ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const begin = (long ? 12 : 10) + length;
  const header = bytes.toString('latin1', long ? 12 : 10, begin);
  const dtype = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '?';
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .flatMap((part) => (part.trim() === '' ? [] : [Number(part)]));
  const read = reader(dtype);
  const width = Number(/\d+$/.exec(dtype)?.[0] ?? 1);
  const [rows = 1] = shape;
  const columns = shape.length > 1 ? shape.slice(1).reduce((a, b) => a * b, 1) : 1;
  const fortran = /'fortran_order':\s*True/.test(header);
  const brief = `${nameOf(dtype)}[${shape.join(',')}]`;
  if (!read || fortran || columns > 1_000_000) return { format: 'NumPy array', brief };

  const value = (index: number): string | undefined => {
    const at = begin + index * width;
    return at + width <= bytes.length ? read(bytes, at) : undefined;
  };
  const shownColumns = Math.min(columns, SHOWN);
  const table = Array.from({ length: Math.min(rows, SHOWN) }, (_, row) => [
    String(row),
    ...Array.from({ length: shownColumns }, (__, i) => value(row * columns + i) ?? '?'),
    ...(columns > shownColumns ? ['…'] : []),
  ]);
  const titles = ['', ...Array.from({ length: shownColumns }, (_, i) => String(i))];
  return {
    format: 'NumPy array',
    brief: begin + rows * columns * width === size ? brief : `${brief}, cut off`,
    table: { columns: [...titles, ...(columns > shownColumns ? ['…'] : [])], rows: table },
    ...(rows > SHOWN && { more: `and ${formatCount(rows - SHOWN)} more rows` }),
  };
}

function nameOf(dtype: string): string {
  const [, order = '', kind = '', width = ''] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(dtype) ?? [];
  const names: Readonly<Record<string, string>> = { i: 'int', u: 'uint', f: 'float', c: 'complex' };
  const name = names[kind];
  if (dtype === '|b1') return 'bool';
  return name === undefined
    ? dtype
    : `${order === '>' ? 'big-endian ' : ''}${name}${8 * Number(width)}`;
}

type Read = (bytes: Buffer, at: number) => string;

const real = (value: number): string => String(Number(value.toPrecision(6)));

const READERS: Readonly<Record<string, Read>> = {
  '<f4': (bytes, at) => real(bytes.readFloatLE(at)),
  '<f8': (bytes, at) => real(bytes.readDoubleLE(at)),
  '<i2': (bytes, at) => String(bytes.readInt16LE(at)),
  '<i4': (bytes, at) => String(bytes.readInt32LE(at)),
  '<i8': (bytes, at) => String(bytes.readBigInt64LE(at)),
  '<u2': (bytes, at) => String(bytes.readUInt16LE(at)),
  '<u4': (bytes, at) => String(bytes.readUInt32LE(at)),
  '<u8': (bytes, at) => String(bytes.readBigUInt64LE(at)),
  '|i1': (bytes, at) => String(bytes.readInt8(at)),
  '|u1': (bytes, at) => String(bytes.readUInt8(at)),
  '|b1': (bytes, at) => (bytes.readUInt8(at) === 0 ? 'False' : 'True'),
};

function reader(dtype: string): Read | undefined {
  return READERS[dtype];
}
