import { describe, expect, test } from 'vitest';
import { dagOf, idsOf, told } from './project.ts';

const pipeline = (exports: string, more = '') => `
version: 1
stages:
  t: { matrix: { k: [1, 2] }, cmd: [x], outputs: { o: o.txt, p: p.txt } }
  u: { cmd: [x], inputs: { i: t.o@k=1 }, outputs: { o: o.txt } }
exports: ${exports}
${more}`;

describe('exports', () => {
  test('carry every axis in the path, or are one instance', async () => {
    const dag = await dagOf(pipeline('{ "r/${k}.txt": t.o, one.txt: t.o@k=2 }'));
    expect(dag.exports.map(({ path, from }) => `${path} ${from.instance}.${from.output}`)).toEqual([
      'r/1.txt t@k=1.o',
      'r/2.txt t@k=2.o',
      'one.txt t@k=2.o',
    ]);
  });

  test('of the named file belong to what is made; an instance nobody needs is not made', async () => {
    expect(await idsOf(pipeline('{}'))).toEqual(['t@k=1', 'u']);
    expect(await idsOf(pipeline('{ one.txt: t.o@k=2 }'))).toEqual(['t@k=1', 't@k=2', 'u']);
    expect(await idsOf(pipeline('{ one.txt: t.o@k=2 }'), { targets: ['u'] })).toEqual([
      't@k=1',
      'u',
    ]);
    expect(await idsOf(pipeline('{}', 'targets: ["t@k=2"]'))).toEqual(['t@k=2']);
  });

  test.each([
    ['{ a.txt: t.o }', "export-axes 6:12 2 instances of stage 't' would be exported to 'a.txt'"],
    [
      '{ a.txt: u.o, ./a.txt: t.o@k=1 }',
      'export-clash 6:24 two exports have the path a.txt: u and t@k=1',
    ],
    ['{ ../a.txt: u.o }', "outside-root 6:12 an export cannot go to '../a.txt'"],
    ['{ cache/a.txt: u.o }', "outside-root 6:12 an export cannot go to 'cache/a.txt'"],
    ['{ a.txt: v.o }', "unknown-stage 6:19 there is no stage 'v' ('v.o')"],
  ])('%s is refused', async (exports, message) => {
    const [first = ''] = await told(pipeline(exports));
    expect(first.slice(0, message.length)).toBe(message);
  });
});

describe('outputs', () => {
  test.each([
    ['{ o: ../o.txt }', "outside-scratch 4:32 output 'o' of stage 's' has the path '../o.txt'"],
    ['{ o: /tmp/o.txt }', "outside-scratch 4:32 output 'o' of stage 's' has the path '/tmp/o.txt'"],
    [
      '{ o: a/, p: a/b }',
      "overlapping-outputs 4:39 outputs 'o' and 'p' of stage 's' overlap: a and a/b",
    ],
  ])('%s are refused', async (outputs, message) => {
    const [first = ''] = await told(`
version: 1
stages:
  s: { cmd: [x], outputs: ${outputs} }
`);
    expect(first.slice(0, message.length)).toBe(message);
  });
});
