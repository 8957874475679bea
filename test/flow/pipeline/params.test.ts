import { describe, expect, test } from 'vitest';
import { dagOf, told } from './project.ts';

const FILES = {
  'main.yaml': `
version: 1
include: [./base.yaml]
params:
  NUM: [10]
stages:
  a: { cmd: [x], params: [td.rows], outputs: { o: o.txt } }
profiles:
  big: { NUM: [100, 200], td: { rows: 9 } }
`,
  'base.yaml': `
version: 1
params:
  NUM: { default: [1, 2], type: "integer[]", min: 0, description: rows }
  data: { default: mini, enum: [mini, glue] }
  td: { default: { rows: 5, epochs: 2, note: x }, type: object }
  lr: 0.5
  vocab: { default: null, type: path }
  temp: 1.0
  temps: [1.0, 2]
  rate: { default: 1e1 }
  names: [n]
profiles:
  big: { lr: 1 }
`,
  'params.yaml': 'NUM: [7]\ntd.epochs: 3\n',
};

async function params(overrides: Parameters<typeof dagOf>[1]) {
  return (await dagOf(FILES, overrides)).params;
}

describe('params', () => {
  test('are redefined by the including file and keep their type', async () => {
    expect((await params({})).NUM).toEqual([10]);
    expect(await told(FILES, { set: ['NUM=-1'] })).toEqual([
      "wrong-type param 'NUM' must be at least 0, not -1 (-p NUM=-1) | NUM is of type integer[]; its default is [10]",
    ]);
  });

  test('take file < profile < params file < -p; maps merge, lists replace', async () => {
    expect(await params({ profiles: ['big'] })).toMatchObject({
      NUM: [100, 200],
      lr: 1,
      td: { rows: 9, epochs: 2 },
    });
    const all = { profiles: ['big'], paramsFiles: ['params.yaml'], set: ['td.rows=4'] };
    expect(await params(all)).toMatchObject({ NUM: [7], lr: 1, td: { rows: 4, epochs: 3 } });
  });

  test('of several profiles and params files combine, and the later one wins', async () => {
    const files = {
      'main.yaml': `
version: 1
params: { a: 0, b: 0, c: 0, td: { default: { rows: 1, epochs: 1 }, type: object } }
profiles:
  one: { a: 1, b: 1, td: { rows: 10 } }
  two: { b: 2, c: 2, td: { epochs: 20 } }
stages:
  s: { cmd: [x], outputs: { o: o.txt } }
`,
      'three.yaml': 'c: 3\ntd.rows: 30\n',
      'four.yaml': 'c: 4\n',
    };
    const of = async (more: Parameters<typeof dagOf>[1]) => (await dagOf(files, more)).params;
    const profiles = ['one', 'two'];
    expect(await of({ profiles })).toEqual({ a: 1, b: 2, c: 2, td: { rows: 10, epochs: 20 } });
    expect(await of({ profiles: ['two', 'one'] })).toMatchObject({ b: 1 });
    const paramsFiles = ['three.yaml', 'four.yaml'];
    expect(await of({ profiles, paramsFiles })).toMatchObject({ c: 4, td: { rows: 30 } });
    expect(await of({ paramsFiles: ['four.yaml', 'three.yaml'] })).toMatchObject({ c: 3 });
    const { origins } = await dagOf(files, { profiles, paramsFiles });
    expect(origins).toEqual({
      a: 'profile one',
      b: 'profile two',
      c: 'four.yaml',
      td: 'three.yaml',
    });
  });

  test.each([
    ['NUM=500,1000', { NUM: [500, 1000] }],
    ['NUM=[500, 1000]', { NUM: [500, 1000] }],
    ['NUM=3', { NUM: [3] }],
    ['NUM=', { NUM: [] }],
    ['NUM+=20', { NUM: [10, 20] }],
    ['data=glue', { data: 'glue' }],
    ['td.rows=100', { td: { rows: 100, epochs: 2 } }],
    ['td.note=1', { td: { note: '1' } }],
    ['td={ rows: 1 }', { td: { rows: 1, epochs: 2 } }],
    ['lr=1e-3', { lr: 0.001 }],
    ['vocab=a=b.txt', { vocab: 'a=b.txt' }],
    ['temp=0.7', { temp: 0.7 }],
    ['temps=0.1,1', { temps: [0.1, 1] }],
    ['rate=0.5', { rate: 0.5 }],
    ['names="x,y",z', { names: ['x,y', 'z'] }],
    ["names='it''s, so' , \"a\\tb\"", { names: ["it's, so", 'a\tb'] }],
    ['names="a" "b", c', { names: ['"a" "b"', 'c'] }],
    ['names=a "b", c', { names: ['a "b"', 'c'] }],
    ['names="a,b', { names: ['"a', 'b'] }],
    ['names+="x,y"', { names: ['n', 'x,y'] }],
  ])('-p %s is read by the type', async (set, expected) => {
    expect(await params({ set: [set] })).toMatchObject(expected);
  });

  test.each([
    ['NMU=1', "unknown-param there is no param 'NMU' (-p NMU=1) | did you mean 'NUM'?"],
    [
      'NUM=a',
      "wrong-type param 'NUM' must be an integer, not 'a' (-p NUM=a) | NUM is of type integer[]; its default is [10]",
    ],
    [
      'NUM=1.5',
      "wrong-type param 'NUM' must be an integer, not 1.5 (-p NUM=1.5) | NUM is of type integer[]; its default is [10]",
    ],
    [
      'lr=.nan',
      "wrong-type '.nan' is not a finite number (-p lr=.nan) | lr is of type number; its default is 0.5",
    ],
    [
      'NUM=12345678901234567890',
      "wrong-type '12345678901234567890' is too large for an exact integer (-p NUM=12345678901234567890) | NUM is of type integer[]; its default is [10]",
    ],
    [
      'data=glu',
      "wrong-type param 'data' must be one of mini, glue, not 'glu' (-p data=glu) | did you mean 'glue'?",
    ],
    ['td.row=1', "unknown-param param 'td' has no key 'row' (-p td.row=1) | did you mean 'rows'?"],
    [
      'NUM',
      "bad-override cannot read '-p NUM' | " +
        'write -p NAME=VALUE, -p LIST=1,2,3, -p LIST+=4 or -p MAP.key=VALUE',
    ],
    ['lr+=1', "wrong-type cannot append to 'lr', which is not a list (-p lr+=1) | write -p lr=1"],
  ])('-p %s is refused with what to write', async (set, message) => {
    expect(await told(FILES, { set: [set] })).toEqual([message]);
  });

  test('of an unknown profile are told with the nearest', async () => {
    expect(await told(FILES, { profiles: ['bog'] })).toEqual([
      "unknown-profile there is no profile 'bog' | did you mean 'big'?",
    ]);
  });

  test('defined by two files that do not include each other are an error', async () => {
    const twice = {
      'main.yaml': 'version: 1\ninclude: [./a.yaml, ./b.yaml]\n',
      'a.yaml': 'version: 1\nparams: { x: 1 }\nstages: { s: { cmd: [x], outputs: { o: o } } }\n',
      'b.yaml': 'version: 1\nparams: { x: 2 }\n',
    };
    expect(await told(twice)).toEqual([
      "defined-twice 2:11 param 'x' is defined twice | define it in the file that includes both",
    ]);
  });

  test('narrowed in a stage are one entry of stage.json', async () => {
    expect((await dagOf(FILES)).instances[0]?.params).toEqual({ 'td.rows': 5 });
  });
});
