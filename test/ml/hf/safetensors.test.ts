import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../src/ml/hf/safetensors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'safetensors-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => path.join(folder, `${name}.safetensors`);

/** A file as another program may write it: header unpadded, in the order given. */
function writeRaw(path: string, header: unknown, data: Uint8Array): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json, data]));
  return path;
}

const tensor = (shape: readonly number[], data: readonly number[]) => ({
  shape,
  data: Float32Array.from(data),
});

describe('safetensors', () => {
  test('reads back what it wrote, bit for bit', () => {
    const tensors = fc.dictionary(
      fc.stringMatching(/^[a-z.]{1,12}$/),
      fc.float32Array({ maxLength: 9 }),
    );
    fc.assert(
      fc.property(tensors, (values) => {
        const weights = new Map(
          Object.entries(values).map(([name, data]) => [name, { shape: [1, data.length], data }]),
        );
        writeSafetensors(file('law'), weights);
        const read = readSafetensors(file('law'));
        expect([...read.keys()].sort()).toEqual([...weights.keys()].sort());
        for (const [name, { shape, data }] of weights) {
          expect(read.get(name)?.shape).toEqual(shape);
          expect(new Uint8Array(read.get(name)?.data.buffer ?? new ArrayBuffer(1))).toEqual(
            new Uint8Array(data.slice().buffer),
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  test.each(['F16', 'BF16'] as const)('%s is the nearest value, the even one of two', (type) => {
    const [bits, least] = type === 'F16' ? [11, 2 ** -24] : [8, 2 ** -133];
    const values = fc.float({ min: -60000, max: 60000, noNaN: true });
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 20 }), (list) => {
        const data = Float32Array.from(list);
        writeSafetensors(file('half'), new Map([['x', { shape: [data.length], data }]]), {}, type);
        const read = readSafetensors(file('half')).get('x')?.data ?? [];
        for (const [i, x] of data.entries()) {
          const found = read[i] as number;
          const step = Math.max(least, 2 ** (Math.floor(Math.log2(Math.abs(x))) + 1 - bits));
          expect(Math.abs(found - x)).toBeLessThanOrEqual(step / 2);
          // Half a step off on both sides: the even one.
          if (Math.abs(found - x) === step / 2) expect(Math.abs(found / step) % 2).toBe(0);
        }
      }),
      { numRuns: 300, examples: [[[1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 2 ** -25, 3 * 2 ** -25, 2 ** -14 - 2 ** -26, 0, -0]]] }, // prettier-ignore
    );
  });

  test('infinities and NaN stay what they are in 16 bits, and what is too large is refused', () => {
    const odd = tensor([4], [Infinity, -Infinity, NaN, -0]);
    for (const type of ['F16', 'BF16'] as const) {
      writeSafetensors(file('odd'), new Map([['x', odd]]), {}, type);
      expect([...(readSafetensors(file('odd')).get('x')?.data ?? [])]).toEqual([Infinity, -Infinity, NaN, -0]); // prettier-ignore
    }
    writeSafetensors(file('most'), new Map([['x', tensor([1], [65519])]]), {}, 'F16');
    expect(readSafetensors(file('most')).get('x')?.data).toEqual(Float32Array.of(65504));
    expect(() => writeSafetensors(file('most'), new Map([['x', tensor([1], [-65520])]]), {}, 'F16')).toThrow("tensor 'x' has -65520, too large for F16: write bfloat16 or float32"); // prettier-ignore
  });

  test('writes the same bytes in whatever order the tensors come, its data aligned to 8', () => {
    const a = tensor([3], [1, 2, 3]);
    const b = tensor([], [4]);
    writeSafetensors(file('ab'), new Map([['a', a], ['b', b]])); // prettier-ignore
    writeSafetensors(file('ba'), new Map([['b', b], ['a', a]])); // prettier-ignore
    const bytes = readFileSync(file('ab'));
    expect(readFileSync(file('ba'))).toEqual(bytes);
    expect(Number(bytes.readBigUInt64LE()) % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, bytes.length - 16))).toMatchObject({
      __metadata__: { format: 'pt' },
    });
  });

  test('writes a view into a larger buffer without its surroundings', () => {
    const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    writeSafetensors(file('view'), new Map([['x', { shape: [2], data }]]));
    expect([...(readSafetensors(file('view')).get('x')?.data ?? [])]).toEqual([1, 2]);
  });

  test('widens F16 and BF16 exactly, and leaves I64 buffers out', () => {
    const f16 = [0x3c00, 0xc000, 0x0001, 0x7c00, 0x3555, 0x8000];
    const bf16 = [0x3f80, 0xc000, 0x3eab];
    const data = Buffer.concat([
      Buffer.alloc(8),
      Buffer.from(Uint16Array.from(f16).buffer),
      Buffer.from(Uint16Array.from(bf16).buffer),
    ]);
    const header = {
      bf: { dtype: 'BF16', shape: [3], data_offsets: [20, 26] },
      half: { dtype: 'F16', shape: [2, 3], data_offsets: [8, 20] },
      position_ids: { dtype: 'I64', shape: [1], data_offsets: [0, 8] },
    };
    const read = readSafetensors(writeRaw(file('half'), header, data));
    expect([...read.keys()].sort()).toEqual(['bf', 'half']);
    const halves = [1, -2, 2 ** -24, Infinity, 0.333251953125, -0];
    expect([...(read.get('half')?.data ?? [])]).toEqual(halves);
    expect([...(read.get('bf')?.data ?? [])]).toEqual([1, -2, 0.333984375]);
  });

  test('refuses a file that is cut off at any byte', () => {
    const weights = new Map([['x', tensor([2], [1, 2])]]);
    writeSafetensors(file('whole'), weights);
    const whole = readFileSync(file('whole'));
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file('cut'), whole);
      truncateSync(file('cut'), length);
      expect(() => readSafetensors(file('cut')), `at byte ${length}`).toThrow(file('cut'));
    }
  });

  test('refuses a folder in the place of a file', () => {
    expect(() => readSafetensors(folder)).toThrow(`${folder}: not a file`);
  });

  test('refuses a Git LFS pointer and says how to fetch what it stands for', () => {
    const text = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 90868376\n`;
    writeFileSync(file('pointer'), text);
    expect(() => readSafetensors(file('pointer'))).toThrow(`${file('pointer')}: a Git LFS pointer instead of the weights; 'git lfs pull' fetches them`); // prettier-ignore
  });

  test('refuses a header that is longer than the file, or than any may be', () => {
    for (const length of [9n, 2n ** 40n, 2n ** 63n, 2n ** 64n - 1n]) {
      const bytes = Buffer.alloc(16);
      bytes.writeBigUInt64LE(length);
      writeFileSync(file('header'), bytes);
      expect(() => readSafetensors(file('header'))).toThrow(
        'not a safetensors file, or cut off (16 bytes)',
      );
    }
  });

  test.each([
    [
      'sizes that overflow',
      { x: { dtype: 'F32', shape: [2 ** 52, 2 ** 52], data_offsets: [0, 4] } },
      /has 4 bytes$/,
    ],
    [
      'offsets behind the end',
      { x: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } },
      /tensors end at byte \d+, the file at \d+: cut off or damaged$/,
    ],
    [
      'offsets that go back',
      { x: { dtype: 'F32', shape: [1], data_offsets: [4, 0] } },
      /has -4 bytes$/,
    ],
    [
      'a negative size',
      { x: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } },
      /no valid shape/,
    ],
    ['a tensor that is none', { x: null }, /unknown type undefined$/],
    ['bytes that are no tensor', {}, /tensors end at byte/],
  ])('refuses %s', (_, header, message) => {
    const path = writeRaw(file('lie'), header, new Uint8Array(4));
    expect(() => readSafetensors(path)).toThrow(message);
    expect(() => readSafetensors(path)).toThrow(path);
  });

  test.each([
    ['no JSON', '{"x":', /its header is not a JSON mapping/],
    ['a list', '[]', /its header is not a JSON mapping/],
    ['an unknown type', { x: { dtype: 'F8', shape: [4], data_offsets: [0, 4] } }, /type F8/],
    [
      'a type without use',
      { x: { dtype: 'I32', shape: [1], data_offsets: [0, 4] } },
      /is I32; F32/,
    ],
    [
      'a wrong size',
      { x: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } },
      /\[2\] has 4 bytes/,
    ],
    ['no offsets', { x: { dtype: 'F32', shape: [1] } }, /no valid shape and data_offsets/],
    [
      'a hole',
      { x: { dtype: 'BF16', shape: [1], data_offsets: [2, 4] } },
      /overlaps or skips data/,
    ],
    [
      'an overlap',
      {
        x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        y: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
      },
      /overlaps or skips data/,
    ],
  ])('refuses %s and names the file', (_, header, message) => {
    const path = writeRaw(file('bad'), header, new Uint8Array(4));
    expect(() => readSafetensors(path)).toThrow(message);
    expect(() => readSafetensors(path)).toThrow(path);
  });

  test('refuses to write a tensor whose shape does not fit its values', () => {
    const weights = new Map([['x', tensor([2, 2], [1, 2, 3])]]);
    expect(() => writeSafetensors(file('misfit'), weights)).toThrow(/\[2, 2\] has 3 values/);
  });
});
