import { describe, expect, test } from 'vitest';
import { dagOf, told } from './project.ts';

const stage = (text: string): string => `version: 1
params: { x: 1, flag: false, flags: [true] }
stages:
  a: ${text}
`;

const shell = (name: string): string =>
  `for a variable of the shell, write $${name} or $\${${name}}`;

describe('a variable of the shell in braces', () => {
  test.each([
    ["sh: 'for i in 1 2; do echo ${i}; done'", 'i'],
    ["sh: 'n=1; echo ${n}'", 'n'],
    ["sh: 'while read -r row; do echo ${row}; done'", 'row'],
    ["cmd: [bash, -c, 'for i in 1; do echo ${i}; done']", 'i'],
  ])('is told from a param: %s', async (command, name) => {
    const [first] = await told(stage(`{ ${command}, outputs: { o: o } }`));
    expect(first).toContain(`'${name}' is not an axis or a param | ${shell(name)}`);
    expect(first?.endsWith(shell(name))).toBe(true);
  });

  test('that the script does not set can be one, or a param with a mistake', async () => {
    const [home] = await told(stage("{ sh: 'echo ${HOME}', outputs: { o: o } }"));
    expect(home).toContain(`| the names are: x, flag, flags, outputs.o; ${shell('HOME')}`);
    const [flga] = await told(stage("{ sh: 'echo ${flga}', outputs: { o: o } }"));
    expect(flga).toContain("| did you mean 'flag'? For a variable of the shell, write $flga or");
  });

  test('is not meant in words without a script', async () => {
    const [first] = await told(stage('{ cmd: [echo, "${y}"], outputs: { o: o } }'));
    expect(first).not.toContain('shell');
  });
});

test('a file without ./ in front is told from a stage', async () => {
  const file = stage("{ sh: 'true', inputs: { d: data.csv }, outputs: { o: o } }");
  expect(await told(file)).toEqual([
    "unknown-stage 4:33 there is no stage 'data' ('data.csv') | for the file, write ./data.csv; the stages are: a",
  ]);
  const near = stage("{ sh: 'true', inputs: { d: b.csv }, outputs: { o: o } }");
  expect(await told(near)).toEqual([
    "unknown-stage 4:33 there is no stage 'b' ('b.csv') | did you mean 'a'? For a file, write ./b.csv",
  ]);
  const collected = stage(
    "{ sh: 'true', inputs: { d: { from: data.csv, collect: [x] } }, outputs: { o: o } }",
  );
  expect((await told(collected))[0]).not.toContain('./data.csv');
});

describe('a boolean in other words', () => {
  const one = stage("{ sh: 'true', outputs: { o: o } }");

  test.each([
    ['flag=on', 'write -p flag=true'],
    ['flag=Yes', 'write -p flag=true'],
    ['flag=1', 'write -p flag=true'],
    ['flag=off', 'write -p flag=false'],
    ['flag=n', 'write -p flag=false'],
    ['flag=0', 'write -p flag=false'],
    ['flags=yes,no', 'write -p flags=true,false'],
    ['flag=maybe', 'flag is of type boolean; its default is false'],
  ])('is told to be one: -p %s', async (set, hint) => {
    const [first] = await told(one, { set: [set] });
    expect(first).toContain(`wrong-type param '${set.split('=')[0]}' must be a boolean`);
    expect(first?.endsWith(`| ${hint}`)).toBe(true);
  });

  test('is told in a profile, too', async () => {
    const profiled = `${one}profiles: { p: { flag: on } }\n`;
    expect((await told(profiled, { profiles: ['p'] }))[0]).toMatch(/\| write flag: true$/);
  });
});

describe('a reference without quotes in brackets', () => {
  test.each([
    ['{ sh: echo ${x}, outputs: { o: o } }', "write 'echo ${x}'"],
    ['{ cmd: [echo, ${x}], outputs: { o: o } }', "write '${x}'"],
    ['{ cmd: [echo, a-${x}.txt], outputs: { o: o } }', "write 'a-${x}.txt'"],
    ["{ sh: 'true', outputs: { o: ${x}.txt } }", "write '${x}.txt'"],
    ["{ sh: 'true', matrix: { y: ${x} }, outputs: { o: o } }", "write '${x}'"],
    ["{ sh: 'true', inputs: {d: ./${x}/rows}, outputs: { o: o } }", "write './${x}/rows'"],
  ])('is quoted: %s', async (text, hint) => {
    const [first, ...more] = await told(stage(text));
    expect(first).toContain('yaml-syntax');
    expect(first).toContain(
      `in a list or mapping with brackets, a string with \${…} must be in quotes | ${hint}`,
    );
    expect(more).toEqual([]);
  });
});

/** A pipeline whose stages read the param `n`. */
const readsN = (params: string) => `version: 1
params:
  n: ${params}
stages:
  a: { matrix: { i: '\${n}' }, sh: 'echo \${i} > \${outputs.o}', outputs: { o: o } }
  b:
    sh: 'cat \${inputs.a} > \${outputs.o}'
    inputs: { a: { from: a.o, collect: [i] } }
    outputs: { o: o }
`;

describe('one mistake is told once', () => {
  test('if the parser of YAML loses its place', async () => {
    const [first, ...more] = await told(readsN('{ default: [1], type: integer[], min: 0 }'));
    expect(first).toMatch(
      /^yaml-syntax 3:\d+ in a list or mapping with brackets, a string with \[ must be in quotes \| write 'integer\[\]'$/,
    );
    expect(more).toEqual([]);
  });

  test.each([
    ['{ default: [1], minimum: 0 }', "unknown key 'minimum' in param 'n'"],
    ['{ default: [1], min: a }', "'min' must be a number"],
    ["{ default: [1], type: 'int[]' }", "'int[]' is not a type of a param"],
  ])('if a param has it, and a stage reads the param: %s', async (param, message) => {
    const [first, ...more] = await told(readsN(param));
    expect(first).toContain(message);
    expect(more).toEqual([]);
  });
});

/** The notes about an output of this kind. */
const notesOf = async (kind: string): Promise<readonly string[]> => {
  const output = `{ m: { path: m.json, kind: ${kind} } }`;
  const dag = await dagOf(stage(`{ sh: 'true', outputs: ${output} }`));
  return (dag.notes ?? []).map(({ message, hint, location }) => {
    return `${location?.line}:${location?.column} ${message} | ${hint}`;
  });
};

describe('a kind that nearly has a meaning', () => {
  test.each([
    ['metric', 'metrics'],
    ['Figure', 'figure'],
  ])('is noted: %s', async (kind, meant) => {
    expect(await notesOf(kind)).toEqual([
      `4:56 '${kind}' is not a kind that flow shows in a special way | did you mean '${meant}'?`,
    ]);
  });

  test.each(['metrics', 'figure', 'table', 'model', 'log'])('is not noted: %s', async (kind) => {
    expect(await notesOf(kind)).toEqual([]);
  });
});
