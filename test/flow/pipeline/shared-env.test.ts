import { expect, test } from 'vitest';
import { dagOf, told } from './project.ts';

const file = (env: string): string => `version: 1
env: ${env}
probes:
  p: { cmd: [x] }
stages:
  s: { cmd: [x], outputs: { o: o.txt } }
  own: { cmd: [x], env: { A: { key: true }, C: { key: true } }, outputs: { o: o.txt } }
targets: [s, own, probe.p]
`;

test('variables of a file reach all its stages and probes, where none declares them itself', async () => {
  const dag = await dagOf(file('{ A: { key: false }, B: null }'));
  const env = Object.fromEntries(dag.instances.map((each) => [each.id, each.env]));
  const both = [
    { name: 'A', key: false },
    { name: 'B', key: true },
  ];
  expect(env).toEqual({
    'probe.p': both,
    s: both,
    own: [
      { name: 'B', key: true },
      { name: 'A', key: true },
      { name: 'C', key: true },
    ],
  });
});

test('variables of an included file are those of its own stages', async () => {
  const dag = await dagOf({
    'main.yaml': `version: 1
include: [./base.yaml]
env: [OUTER]
stages:
  s: { cmd: [x], inputs: { i: t.o }, outputs: { o: o.txt } }
`,
    'base.yaml': `version: 1
env: [INNER]
stages:
  t: { cmd: [x], outputs: { o: o.txt } }
`,
  });
  expect(dag.instances.map(({ id, env }) => [id, env[0]?.name])).toEqual([
    ['t', 'INNER'],
    ['s', 'OUTER'],
  ]);
});

test.each([
  ['[A=1]', "bad-env 2:7 'A=1' is not a valid name of an environment variable"],
  ['[TMPDIR]', "bad-env 2:7 'TMPDIR' is reserved: flow sets it for every attempt"],
  ['A', "wrong-type 2:6 'env' must be a list or a mapping, not the string 'A' | write env: [A]"],
])('env: %s is refused', async (env, message) => {
  expect((await told(file(env)))[0]).toContain(message);
});
