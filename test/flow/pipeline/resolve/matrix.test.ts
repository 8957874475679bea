import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dagOf, idsOf, told } from '../project.ts';

const pipeline = (stage: string, params = '{}') => `
version: 1
params: ${params}
stages:
  s: { cmd: [x], outputs: { o: o.txt }, ${stage} }
`;

describe('a matrix', () => {
  test('gives the product of its axes, less exclude, plus include, each once', async () => {
    const values = fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(values, values, fc.nat(5), fc.nat(5), async (a, b, x, y) => {
        const excluded = b.includes(y) ? a.length : 0;
        const include = `{ a: ${x + 10}, b: ${y} }`;
        const text = `matrix: ${JSON.stringify({ a, b })}, exclude: [{ b: ${y} }], include: [${include}]`;
        const ids = await idsOf(pipeline(text));
        expect(ids).toHaveLength(a.length * b.length - excluded + 1);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 30 },
    );
  });

  test('names instances by axes in declaration order, percent-encoded where needed', async () => {
    const text = pipeline('matrix: { b: [x/y, "ä b"], a: [1, true] }');
    expect(await idsOf(text)).toEqual([
      's@b=x%2Fy,a=1',
      's@b=x%2Fy,a=true',
      's@b=%C3%A4%20b,a=1',
      's@b=%C3%A4%20b,a=true',
    ]);
  });

  test('takes an axis from a list param', async () => {
    expect(await idsOf(pipeline('matrix: { n: "${N}" }', '{ N: [1, 2] }'))).toEqual([
      's@n=1',
      's@n=2',
    ]);
  });

  test.each([
    ['matrix: { n: "${N}" }', '{ N: [] }', "empty-axis 5:54 axis 'n' of stage 's' is empty"],
    ['matrix: { n: "${N}" }', '{ N: 1 }', "wrong-type 5:54 axis 'n' of stage 's' is not a list"],
    ['matrix: { n: [1, "1"] }', '{}', "defined-twice 5:54 axis 'n' of stage 's' contains 1 twice"],
    ['matrix: { n: [[1]] }', '{}', "wrong-type 5:54 axis 'n' of stage 's' contains [1]"],
    [
      'matrix: { N: [1] }',
      '{ N: 1 }',
      "axis-and-param 5:54 'N' is both an axis of stage 's' and a param",
    ],
    [
      'matrix: { n: [1] }, exclude: [{ m: 1 }]',
      '{}',
      "unknown-axis 5:71 stage 's' has no axis 'm'",
    ],
    [
      'matrix: { n: [1], m: [1] }, include: [{ n: 2 }]',
      '{}',
      "missing-key 5:79 an include must set all axes: 'm' is missing",
    ],
    [
      'matrix: { n: [1] }, exclude: [{ n: 1 }]',
      '{}',
      "empty-axis 5:3 'exclude' removes all combinations of the matrix of stage 's'",
    ],
  ])('%s is refused', async (stage, params, message) => {
    const [first = ''] = await told(pipeline(stage, params));
    expect(first.startsWith(message) ? message : first).toBe(message);
  });
});

describe('include without a matrix', () => {
  const rows = `version: 1
stages:
  s:
    include:
      - { lr: 0.1, size: small }
      - { size: large, lr: 0.01 }
    cmd: [x, '\${lr}', '\${size}']
    outputs: { o: o.txt }
  all: { cmd: [x], inputs: { i: { from: s.o, collect: [lr, size] } }, outputs: { o: o.txt } }
`;

  test('makes one instance of each row, in the order of its first axes', async () => {
    expect(await idsOf(rows)).toEqual(['s@lr=0.1,size=small', 's@lr=0.01,size=large', 'all']);
  });

  test.each([
    ['{ lr: 1 }', "missing-key an include must set all axes: 'size' is missing"],
    ['{ lr: 1, sise: 2 }', "unknown-axis stage 's' has no axis 'sise'"],
    [
      '{ lr: 0.1, size: small }',
      "defined-twice this combination is already in the matrix of stage 's'",
    ],
  ])('refuses %s as a further row', async (row, message) => {
    const text = rows.replace('      - { size: large', `      - ${row}\n      - { size: large`);
    const [first = ''] = await told(text);
    expect(first.replace(/ \d+:\d+/, '').split(' | ')[0]).toBe(message);
  });

  test('can be exported by one axis, where that tells the rows apart', async () => {
    const exported = `${rows}exports: { 'r/\${size}.txt': s.o }\n`;
    expect((await dagOf(exported)).exports.map(({ path }) => path)).toEqual([
      'r/small.txt',
      'r/large.txt',
    ]);
    const same = exported.replace('size: large', 'size: small');
    expect((await told(same))[0]).toContain('2 instances of stage');
  });

  test('refuses an axis that is a param, too', async () => {
    const [first = ''] = await told(rows.replace('stages:', 'params: { lr: 3 }\nstages:'));
    expect(first).toContain("'lr' is both an axis of stage 's' and a param");
  });
});
