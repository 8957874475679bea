import { describe, expect, test } from 'vitest';
import { dagOf } from '../project.ts';

async function notes(text: string, more: Parameters<typeof dagOf>[1] = {}) {
  const dag = await dagOf(`version: 1\n${text}`, more);
  return (dag.notes ?? []).map(({ message, hint, location }) => {
    const where = location === undefined ? '' : `${location.line}:${location.column} `;
    return `${where}${message} | ${hint ?? ''}`;
  });
}

const stage = (command: string): string =>
  `stages:\n  s: { ${command}, outputs: { o: o.txt } }\nexports: {}\n`;

describe('a number that loses zeros gets a note', () => {
  test.each([
    ['as a word', 'params: { v: 3.10 }', "cmd: [x, '${v}']"],
    ['inside a word', 'params: { v: 3.10 }', "cmd: [x, 'python${v}']"],
    ['in a script', 'params: { v: 3.10 }', "sh: 'python${v} x'"],
    ['in the path of a source', 'params: { v: 3.10 }', "sh: x, inputs: { i: './data/${v}' }"],
    ['in the path of an output', 'params: { v: 3.10 }', "sh: x, inputs: { }, code: ['lib/${v}']"],
    ['in a list', 'params: { v: [3.10] }', "cmd: [x, '${v}']"],
    ['in a list of a script', 'params: { v: [3.10] }', "sh: 'x ${v}'"],
    ['as a declared default', 'params: { v: { default: 3.10 } }', "sh: 'x ${v}'"],
    ['in an axis', '', "matrix: { v: [3.10] }, sh: 'x ${v}'"],
    ['in an axis from a param', 'params: { vs: [3.10] }', "matrix: { v: '${vs}' }, sh: 'x ${v}'"],
  ])('where it is used %s', async (_, params, command) => {
    const found = await notes(`${params}\n${stage(command)}`);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /^\d:\d+ 3\.10 is the number 3\.1, and 'vs?' is used as text \| to keep the zeros, put it into quotes: '3\.10'$/,
    );
  });

  test('in a profile, a params file and an argument', async () => {
    const text = `params: { v: 1.5 }\nprofiles: { p: { v: 3.10 } }\n${stage("sh: 'x ${v}'")}`;
    expect(await notes(text)).toEqual([]);
    expect(await notes(text, { profiles: ['p'] })).toHaveLength(1);
    expect(await notes(text, { set: ['v=3.10'] })).toEqual([
      "3.10 is the number 3.1, and 'v' is used as text | to keep the zeros, make the default of 'v' a string",
    ]);
  });

  test('of a mapping, where its key is used', async () => {
    const text = `params: { v: { default: { a: 3.10, b: 4.10 }, type: object } }\n`;
    expect(await notes(text + stage("sh: 'x ${v.a}'"))).toHaveLength(1);
  });

  test('with zeros in front, wherever it stands', async () => {
    expect(await notes(`params: { id: 007 }\n${stage('sh: x')}`)).toEqual([
      "2:15 007 is the number 7, and 'id' loses its zeros | to keep the zeros, put it into quotes: '007'",
    ]);
    expect(await notes(stage('matrix: { id: [001, 2] }, sh: x'))).toHaveLength(1);
  });
});

test.each([
  ['a number that is used as a number', 'params: { v: 1.0 }', 'sh: x, params: [v]'],
  ['another param with its value', 'params: { v: 1.0, w: 1 }', "sh: 'x ${w}', params: [v]"],
  ['a text', "params: { v: '3.10' }", "sh: 'x ${v}'"],
  ['a number without lost zeros', 'params: { v: 0.5, w: 10, x: 0 }', "sh: 'x ${v} ${w} ${x}'"],
])('%s gets none', async (_, params, command) => {
  expect(await notes(`${params}\n${stage(command)}`)).toEqual([]);
});
