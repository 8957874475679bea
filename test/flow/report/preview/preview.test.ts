import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvField, parseDelimited } from '../../../../src/flow/report/preview/delimited.ts';
import { previewLines } from '../../../../src/flow/report/preview/preview-lines.ts';
import { previewOf } from '../../../../src/flow/report/preview/preview-of.ts';
import { noColor } from '../../../../src/flow/report/style.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function look(name: string, content: string | Uint8Array) {
  const data = typeof content === 'string' ? bytes(content) : content;
  return previewOf(name, data, data.length);
}

/** A NumPy file of version 1, as `numpy.save` writes it. */
function npy(descr: string, shape: string, values: Uint8Array): Uint8Array {
  const head =
    `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + '\n';
  const start = Buffer.alloc(10);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(head.length, 8);
  return Buffer.concat([start, Buffer.from(head, 'latin1'), values]);
}

function safetensors(tensors: Record<string, { dtype: string; shape: number[]; size: number }>) {
  let at = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, size }]) => {
      const entry = { dtype, shape, data_offsets: [at, at + size] };
      at += size;
      return [name, entry];
    }),
  );
  const json = Buffer.from(JSON.stringify({ __metadata__: { format: 'pt' }, ...header }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(at)]);
}

describe('a file is known by its format', () => {
  test('metrics are a table of values, nested names with dots', () => {
    const found = look('metrics.json', '{ "score": 0.5, "dev": { "f1": 1, "per": [1, 2] } }');
    expect(found).toMatchObject({ format: 'JSON', brief: '3 values' });
    expect(previewLines(found, noColor)).toEqual([
      'NAME     VALUE',
      'score    0.5',
      'dev.f1   1',
      'dev.per  [1,2]',
    ]);
  });

  test('CSV and TSV show their first rows, and how many there are', () => {
    const rows = Array.from({ length: 25 }, (_, i) => `${i},"a, ""b"""`).join('\n');
    const found = look('t.csv', `n,text\n${rows}\n`);
    expect(found.brief).toBe('25 rows, 2 columns');
    expect(found.table?.rows[0]).toEqual(['0', 'a, "b"']);
    expect(found.more).toBe('and 15 more rows');
    expect(look('t.tsv', 'a\tb\n1\t"2\n').table?.rows).toEqual([['1', '"2']]);
  });

  test('of a file that is not read whole, the torn row is left out and the count is a lower bound', () => {
    const head = bytes('n,m\n1,2\n3,4\n5,');
    expect(previewOf('t.csv', head, 1_000_000)).toMatchObject({
      brief: 'more than 2 rows, 2 columns',
      table: {
        rows: [
          ['1', '2'],
          ['3', '4'],
        ],
      },
    });
  });

  test('NumPy arrays show type, shape and values', () => {
    const values = new Uint8Array(new Int32Array([1, -2, 3, 4, 5, 6]).buffer);
    const found = look('a.npy', npy('<i4', '(2, 3)', values));
    expect(found.brief).toBe('int32[2,3]');
    expect(found.table?.rows).toEqual([
      ['0', '1', '-2', '3'],
      ['1', '4', '5', '6'],
    ]);
    expect(
      look('a.npy', npy('<f4', '(2,)', new Uint8Array(new Float32Array([0.1, 2]).buffer))).table
        ?.rows,
    ).toEqual([
      ['0', '0.1'],
      ['1', '2'],
    ]);
    expect(look('a.npy', npy('<i4', '(9,)', values)).brief).toBe('int32[9], cut off');
    expect(look('a.npy', npy('|O', '(3,)', values))).toEqual({
      format: 'NumPy array',
      brief: '|O[3]',
    });
  });

  test('safetensors show each tensor with its shape', () => {
    const found = look(
      'model.safetensors',
      safetensors({
        'encoder.weight': { dtype: 'F32', shape: [4, 3], size: 48 },
        bias: { dtype: 'F16', shape: [3], size: 6 },
      }),
    );
    expect(found.brief).toBe('2 tensors, 15 values');
    expect(previewLines(found, noColor)).toEqual([
      'TENSOR          TYPE  SHAPE  SIZE',
      'encoder.weight  F32   4 × 3  48 B',
      'bias            F16       3   6 B',
    ]);
  });

  test('pictures tell their size, by their bytes and not by their name', () => {
    const png = Buffer.alloc(33);
    png.write('\x89PNG\r\n\x1a\n', 'latin1');
    png.writeUInt32BE(640, 16);
    png.writeUInt32BE(480, 20);
    expect(look('figure', png)).toEqual({ format: 'PNG image', brief: '640 × 480 pixels' });
    expect(
      look('a.txt', '<?xml version="1.0"?>\n<svg xmlns="x" width="30" height="20px">'),
    ).toEqual({
      format: 'SVG image',
      brief: '30 × 20',
    });
  });

  test('records in JSON lines are rows; other text shows its first lines; the rest is binary', () => {
    expect(look('e.jsonl', '{"a":1}\n{"a":2,"b":{"c":"x"}}\n').table).toEqual({
      columns: ['a', 'b.c'],
      rows: [
        ['1', ''],
        ['2', 'x'],
      ],
    });
    expect(look('notes', 'one\ntwo\n')).toMatchObject({ format: 'text', lines: ['one', 'two'] });
    expect(look('x.bin', new Uint8Array([0, 1, 2]))).toEqual({ format: 'binary', brief: '3 B' });
  });

  test('what a stage wrote cannot reach the terminal as a control sequence', () => {
    const lines = previewLines(look('a.csv', 'n\n\u001b[2J\n'), noColor);
    expect(lines.join('\n')).not.toContain('\u001b');
    expect(previewLines(look('a', '\u001b]0;title\u0007'), noColor).join('')).not.toContain(
      '\u001b',
    );
  });

  test('no bytes make it throw, whatever the name says', () => {
    const names = ['a.npy', 'a.safetensors', 'a.csv', 'a.tsv', 'a.json', 'a.jsonl', 'a.png', 'a'];
    const magics = [
      '\x93NUMPY\x01\x00',
      '\x89PNG\r\n\x1a\n',
      '\x05\0\0\0\0\0\0\0{"a":',
      '<svg ',
      '"',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom('', ...magics),
        fc.uint8Array({ maxLength: 300 }),
        (name, magic, rest) => {
          const data = Buffer.concat([Buffer.from(magic, 'latin1'), rest]);
          const found = previewOf(name, data, data.length);
          expect(previewLines(found, noColor).length).toBeLessThan(60);
        },
      ),
    );
  });
});

test('a table written as CSV is read back as it was', () => {
  const field = fc.string().filter((text) => !text.startsWith('\ufeff'));
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { minLength: 2, maxLength: 2 }), { minLength: 1 }),
      (rows) => {
        const written = rows.map((row) => row.map(csvField).join(',')).join('\n') + '\n';
        const { columns, rows: read } = parseDelimited(written, 'csv');
        expect([columns, ...read]).toEqual(rows);
      },
    ),
  );
});
