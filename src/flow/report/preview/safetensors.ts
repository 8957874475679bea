import { isJsonObject } from '../../core/json.ts';
import { formatBytes, formatCount, plural } from '../format.ts';
import type { Preview } from './preview.ts';

const MAX_TENSORS = 40;

/**
 * Named tensors: u64 length, then JSON of name -> { dtype, shape, data_offsets }.
 * https://huggingface.co/docs/safetensors
 */
export function safetensorsPreview(head: Uint8Array, size: number): Preview | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const length = bytes.length < 8 ? 0 : Number(bytes.readBigUInt64LE());
  if (length === 0 || 8 + length > bytes.length) return undefined;
  const header = parse(bytes.toString('utf8', 8, 8 + length));
  if (header === undefined) return undefined;
  const { __metadata__: _, ...entries } = header;
  const tensors = Object.entries(entries).flatMap(([name, entry]) => {
    if (!isJsonObject(entry) || !Array.isArray(entry['shape'])) return [];
    const shape = entry['shape'].map(Number);
    const [from = 0, to = 0] = Array.isArray(entry['data_offsets'])
      ? entry['data_offsets'].map(Number)
      : [];
    return [{ name, dtype: String(entry['dtype']), shape, from, bytes: to - from }];
  });
  tensors.sort((a, b) => a.from - b.from);
  const values = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const end = Math.max(0, ...tensors.map((tensor) => tensor.from + tensor.bytes));
  const cut = 8 + length + end === size ? '' : ', cut off';
  const rows = tensors
    .slice(0, MAX_TENSORS)
    .map(({ name, dtype, shape, bytes: own }) => [
      name,
      dtype,
      shape.join(' × '),
      formatBytes(own),
    ]);
  return {
    format: 'safetensors',
    brief: `${plural(tensors.length, 'tensor')}, ${formatCount(values)} values${cut}`,
    table: { columns: ['TENSOR', 'TYPE', 'SHAPE', 'SIZE'], rows },
    ...(tensors.length > MAX_TENSORS && {
      more: `and ${tensors.length - MAX_TENSORS} more tensors`,
    }),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
