// Params that refer to other params.
import { describe, expect, test } from 'vitest';
import { dagOf, told } from '../project.ts';

const pipeline = (params: string) => `version: 1
params:
${params}
stages: { s: { sh: "echo > \${outputs.o}", outputs: { o: o } } }
`;

describe('a default that is another param', () => {
  const params = `  names: [a, b]
  scored: { default: '\${names}', type: 'string[]' }
  seeds: [4, 5]
  shown: { default: '\${seeds.0}', type: integer }
  td: { default: { rows: 3 }, type: object }
  rows: '\${td.rows}'
profiles: { more: { names: [c] } }`;
  const values = async (...set: readonly string[]) =>
    (await dagOf(pipeline(params), { set })).params;

  test('has its value, wherever that is set', async () => {
    expect(await values()).toMatchObject({ scored: ['a', 'b'], shown: 4, rows: 3 });
    expect(await values('names=x')).toMatchObject({ scored: ['x'] });
    expect((await dagOf(pipeline(params), { profiles: ['more'] })).params).toMatchObject({
      scored: ['c'],
    });
    expect(await values('td.rows=9', 'seeds=7')).toMatchObject({ rows: 9, shown: 7 });
  });

  test('can be replaced, and a list extended', async () => {
    expect(await values('scored=y', 'names=x')).toMatchObject({ names: ['x'], scored: ['y'] });
    expect(await values('names=x', 'scored+=y')).toMatchObject({
      names: ['x'],
      scored: ['x', 'y'],
    });
    expect(await values('shown=8')).toMatchObject({ shown: 8 });
  });

  test.each([
    ["  a: '${b}'", "unknown-param 3:3 the default of 'a' is the value of 'b', which is not a param | did you mean 'a'?"],
    ["  a: '${b}'\n  b: '${c}'\n  c: '${a}'", 'param-cycle 3:3 the defaults of params refer to each other: a → b → c → a | give one of them a value'],
    ["  a: [x]\n  b: { default: '${a.1}', type: string }", "undefined-name 4:3 the default of 'b' is ${a.1}, which has no value | set b, or a"],
    ["  a: [x]\n  b: { default: '${a}', type: integer }", "wrong-type 4:3 param 'b' must be an integer, not [\"x\"] (the value of 'a') | change the default, or a"],
  ])('is told where it has no value: %j', async (text, message) => {
    expect((await told(pipeline(text)))[0]).toBe(message);
  }); // prettier-ignore
});

describe('a list param `of` another', () => {
  const params = `  tasks: [mnli, rte]
  primaries: { default: [rte], of: '\${tasks}' }
profiles: { wrong: { primaries: [rtee] } }`;

  test('has its items', async () => {
    expect((await dagOf(pipeline(params), { set: ['primaries=mnli,rte'] })).params).toMatchObject({ primaries: ['mnli', 'rte'] }); // prettier-ignore
  });

  test('is told an item that is none, at the place of the value', async () => {
    const unknown = "param 'primaries' has 'rtee', which is not among 'tasks'";
    expect(await told(pipeline(params), { set: ['primaries=rtee'] })).toEqual([
      `unknown-value ${unknown} (-p primaries=rtee) | did you mean 'rte'?`,
    ]);
    expect(await told(pipeline(params), { profiles: ['wrong'] })).toEqual([
      `unknown-value 5:33 ${unknown} | did you mean 'rte'?`,
    ]);
    expect(await told(pipeline(params), { set: ['tasks=mnli'] })).toEqual([
      "unknown-value 4:3 param 'primaries' has 'rte', which is not among 'tasks' | add 'rte' to 'tasks', or choose one of mnli",
    ]);
  });

  test('is told once, at the param that has the value, where another one takes it over', async () => {
    const chain = `  tasks: [mnli, rte]
  primaries: { default: [rte], of: '\${scored}' }
  scored: { default: '\${primaries}', type: 'string[]', of: '\${tasks}' }`;
    expect(await told(pipeline(chain), { set: ['primaries=rtee'] })).toEqual([
      "unknown-value param 'primaries' has 'rtee', which is not among 'tasks' (-p primaries=rtee) | did you mean 'rte'?",
    ]);
    expect(await told(pipeline(chain), { set: ['tasks=mnli'] })).toEqual([
      "unknown-value 4:3 param 'primaries' has 'rte', which is not among 'tasks' | add 'rte' to 'tasks', or choose one of mnli",
    ]);
    expect(await told(pipeline(chain), { set: ['scored=mnli'] })).toEqual([
      "unknown-value 4:3 param 'primaries' has 'rte', which is not among 'scored' | add 'rte' to 'scored', or choose one of mnli",
    ]);
    expect(await told(pipeline(chain), { set: ['scored=rte,x'] })).toEqual([
      "unknown-value param 'scored' has 'x', which is not among 'tasks' (-p scored=rte,x) | add 'x' to 'tasks', or choose one of mnli, rte",
    ]);
  });

  test('names a list param', async () => {
    expect((await told(pipeline("  n: 3\n  a: { default: [x], of: '${n}' }")))[0]).toBe(
      "undefined-name 4:26 'of' of param 'a' is ${n}, which is not a list param | write of: '${PARAM}'",
    );
  });
});

const message = (way: string) =>
  `there is no stage 'score-${way}', which input 'scores' of stage 'choose' reads for way=${way}`;

describe('a stage that the value of an axis names', () => {
  const text = `version: 1
params: { ways: [a, bc] }
stages:
  score-a: { sh: "echo > \${outputs.o}", outputs: { o: o } }
  score-bce: { sh: "echo > \${outputs.o}", outputs: { o: o } }
  choose:
    matrix: { way: '\${ways}' }
    sh: "echo > \${outputs.o}"
    inputs: { scores: 'score-\${way}.o' }
    outputs: { o: o }
`;
  test('is missed at the place of the value, with what to add', async () => {
    expect(await told(text)).toEqual([
      `unknown-stage 2:11 ${message('bc')} | did you mean 'bce'? Otherwise add a stage 'score-bc' with an output 'o'`,
    ]);
    expect(await told(text, { set: ['ways=a,other'] })).toEqual([
      `unknown-stage ${message('other')} (-p ways=a,other) | add a stage 'score-other' with an output 'o', or choose one of a, bce`,
    ]);
    const fixed = text.replace("'${ways}'", '[a, other]');
    expect((await told(fixed))[0]).toMatch(/^unknown-stage 7:20 there is no stage 'score-other'/);
  });

  const changed = (from: string, to: string) => text.replace('bc]', 'bce]').replace(from, to);

  test('is told in that stage, where it lacks the output or has another axis', async () => {
    const stage = 'score-a: { sh: "echo > ${outputs.o}", outputs: { o: o } }';
    const other = stage.replace(' o: o ', ' p: o ').replace('outputs.o', 'outputs.p');
    expect(await told(changed(stage, other))).toEqual([
      "unknown-output 4:3 stage 'score-a' has no output 'o', which input 'scores' of stage 'choose' reads | rename 'p' to 'o'",
    ]);
    const wider = stage.replace('{ sh', '{ matrix: { wy: [1] }, sh');
    expect(await told(changed(stage, wider))).toEqual([
      "left-over-axis 4:28 stage 'score-a' has axis 'wy', but 'choose', which reads it, does not | did you mean 'way'?",
    ]);
  });
});
