import { describe, expect, test } from 'vitest';
import { idsOf, instanceOf, told } from './project.ts';

const SWEEP = `
version: 1
params:
  seeds: [0, 1]
  strategies: [random, ce]
  words: { default: ./data/words.txt, type: path }
  none: { default: null, type: path }
stages:
  make:
    matrix: { seed: "\${seeds}" }
    cmd: [make]
    outputs: { model: model/, log: log.txt }
  score:
    matrix: { seed: "\${seeds}" }
    cmd: [score, "\${inputs.model}"]
    inputs: { model: make.model }
    outputs: { scores: scores.tsv }
`;

const reader = (input: string) => `${SWEEP}
  last:
    cmd: [last]
    inputs: { x: ${input} }
    outputs: { out: out.txt }
`;

describe('an input', () => {
  test('stays in its place if it is a source and the pipeline says so', async () => {
    const { inputs } = await instanceOf('last', reader('{ from: ./big.bin, in_place: true }'));
    expect(inputs).toMatchObject([{ kind: 'source', path: 'big.bin', inPlace: true }]);
    const copied = await instanceOf('last', reader('{ from: ./big.bin, in_place: false }'));
    expect(copied.inputs[0]).not.toHaveProperty('inPlace');
    expect(await told(reader('{ from: make.log@seed=0, in_place: true }'))).toEqual([
      "no-source 21:53 input 'x' of stage 'last' is no source: only a source can be read in its place | remove in_place",
    ]);
  });

  test('takes the instance that agrees on every axis both have', async () => {
    const score = await instanceOf('score@seed=1', SWEEP);
    expect(score.inputs).toEqual([
      {
        kind: 'artifact',
        name: 'model',
        from: { instance: 'make@seed=1', output: 'model', path: 'model' },
      },
    ]);
  });

  test('may fix an axis, also by a value that is put in', async () => {
    const text = `${SWEEP}
  last:
    matrix: { which: [1] }
    cmd: [last]
    inputs: { one: score.scores@seed=0, other: "score@seed=\${which}" }
    outputs: { out: out.txt }
`;
    const last = await instanceOf('last@which=1', text);
    expect(last.inputs.map((input) => input.kind === 'artifact' && input.from.instance)).toEqual([
      'score@seed=0',
      'score@seed=1',
    ]);
  });

  test('collects left-over axes by name, sorted by their values', async () => {
    const text = `${SWEEP}
  plot:
    cmd: [plot, "\${inputs.scores}"]
    inputs: { scores: { from: score.scores, collect: [seed] } }
    outputs: { svg: plot.svg }
`;
    const plot = await instanceOf('plot', text, { set: ['seeds=1,0'] });
    expect(plot.inputs).toMatchObject([
      { kind: 'collect', items: [{ axes: { seed: 0 } }, { axes: { seed: 1 } }] },
    ]);
  });

  test('sorts what it collects by the axes in the order of collect, by value, then by UTF-8', async () => {
    const text = `
version: 1
params: { ns: { default: [10, 9, 100, -1, 1.5], type: 'number[]' }, names: [b, Ｚ, 𝒂, B, a] }
stages:
  make:
    matrix: { n: "\${ns}", name: "\${names}" }
    cmd: [make]
    outputs: { o: o.txt }
  all:
    cmd: [all]
    inputs: { x: { from: make.o, collect: [name, n] } }
    outputs: { o: o.txt }
`;
    const [input] = (await instanceOf('all', text)).inputs;
    const axes = input?.kind === 'collect' ? input.items.map((item) => item.axes) : [];
    const numbers = [-1, 1.5, 9, 10, 100];
    const names = ['B', 'a', 'b', 'Ｚ', '𝒂'];
    expect(axes).toEqual(names.flatMap((name) => numbers.map((n) => ({ name, n }))));
    const [swapped] = (await instanceOf('all', text.replace('[name, n]', '[n, name]'))).inputs;
    const first = swapped?.kind === 'collect' ? swapped.items.slice(0, 6) : [];
    expect(first.map((item) => item.axes)).toEqual([
      ...names.map((name) => ({ n: -1, name })),
      { n: 1.5, name: 'B' },
    ]);
  });

  test('with a left-over axis is an error that says what to write', async () => {
    const text = `${SWEEP}
  plot:
    cmd: [plot]
    inputs: { scores: score.scores }
    outputs: { svg: plot.svg }
`;
    expect(await told(text)).toEqual([
      "left-over-axis 21:23 input 'scores': stage 'score' has axis 'seed', but 'plot' does not | " +
        'collect all instances, { from: score.scores, collect: [seed] }, or choose one, score.scores@seed=0',
    ]);
  });

  test('chosen by an axis instantiates only the chosen branches', async () => {
    const text = `${SWEEP}
  pick:
    matrix: { strategy: "\${strategies}", seed: [0] }
    cmd: [pick]
    inputs:
      scores: { by: strategy, cases: { random: ./random.tsv, ce: score.scores } }
    outputs: { out: out.txt }
`;
    expect(await idsOf(text)).toEqual([
      'make@seed=0',
      'score@seed=0',
      'pick@strategy=random,seed=0',
      'pick@strategy=ce,seed=0',
    ]);
    expect(await idsOf(text, { set: ['strategies=random'] })).toEqual([
      'pick@strategy=random,seed=0',
    ]);
    expect(await told(text, { set: ['strategies=bce'] })).toEqual([
      `no-case 23:21 input 'scores' of stage 'pick' has no case for strategy = "bce" | did you mean 'ce'?`,
    ]);
  });

  test('begins with ./ ../ or / when it is a file, or is a path param; a null one is left out', async () => {
    const text = `${SWEEP}
  read:
    cmd: [read]
    inputs: { a: ./x/../b.txt, c: "\${words}", d: "\${none}" }
    outputs: { out: out.txt }
`;
    const read = await instanceOf('read', text);
    expect(read.inputs.map((i) => i.kind === 'source' && `${i.name} ${i.path}`)).toEqual([
      'a b.txt',
      'c data/words.txt',
    ]);
  });

  test('that names nothing known is told with the nearest name', async () => {
    expect(await told(reader('scor.scores'))).toEqual([
      "unknown-stage 21:18 there is no stage 'scor' ('scor.scores') | did you mean 'score'?",
    ]);
    expect(await told(reader('score.scoers@seed=0'))).toEqual([
      "unknown-output 21:18 stage 'score' has no output 'scoers' | did you mean 'scores'?",
    ]);
    expect(await told(reader('make@seed=0'))).toEqual([
      "unknown-output 21:18 'make@seed=0' does not name an output | write one of make.model, make.log",
    ]);
    expect(await told(reader('score@seed=7'))).toEqual([
      "no-instance 21:18 'score@seed=7': stage 'score' has no instance with seed=7 | seed is one of 0, 1",
    ]);
    expect(await told(reader('data/words.txt'))).toEqual([
      "bad-reference 21:18 'data/words.txt' is not a reference | " +
        "write './data/words.txt' for a file, STAGE.OUTPUT or STAGE.OUTPUT@axis=value for an artifact",
    ]);
  });

  test('of stages that read each other in a circle is told with the trail', async () => {
    const text = `
version: 1
stages:
  a: { cmd: [x], inputs: { i: c.o }, outputs: { o: o.txt } }
  b: { cmd: [x], inputs: { i: a.o }, outputs: { o: o.txt } }
  c: { cmd: [x], inputs: { i: b.o }, outputs: { o: o.txt } }
`;
    expect(await told(text)).toEqual([
      'cycle 4:3 these stages form a cycle: a reads c reads b reads a | ' +
        'change one of these inputs to another artifact',
    ]);
  });
});
