import { describe, expect, test } from 'vitest';
import { instanceOf, told } from './project.ts';

const pipeline = (command: string) => `
version: 1
params: { list: [a, b c], lr: 0.5, td: { default: { rows: 5 } }, none: null, quoted: "it's" }
stages:
  s:
    ${command}
    inputs: { one: ./one.txt, all: { from: t.o, collect: [k] } }
    outputs: { out: out.txt }
  t: { matrix: { k: [1, 2] }, cmd: [x], outputs: { o: o.txt } }
`;

async function commandOf(command: string) {
  return (await instanceOf('s', pipeline(command))).command;
}

describe('a command', () => {
  test('keeps inputs and outputs symbolic and puts params in', async () => {
    expect(
      await commandOf('cmd: [x, "${inputs.one}", "--out=${outputs.out}", "${lr}", 3]'),
    ).toEqual({
      kind: 'cmd',
      argv: ['x', [{ input: 'one' }], ['--out=', { output: 'out' }], '0.5', '3'],
    });
  });

  test('takes a list as several words, and as quoted words of a script', async () => {
    expect(await commandOf('cmd: [x, "${list}"]')).toEqual({
      kind: 'cmd',
      argv: ['x', 'a', 'b c'],
    });
    expect(await commandOf('sh: "x ${list} ${quoted} < ${inputs.one}"')).toEqual({
      kind: 'sh',
      script: ["x a 'b c' 'it'\\''s' < ", { input: 'one' }],
    });
  });

  test('reads ${} inside a mapping, and $${ as it stands', async () => {
    expect(await commandOf('cmd: [x, "${td.rows} $${HOME}"]')).toEqual({
      kind: 'cmd',
      argv: ['x', '5 ${HOME}'],
    });
  });

  test.each([
    ['cmd: [x, "${lrr}"]', "undefined-name 6:15 'lrr' is not an axis or a param"],
    ['cmd: [x, "a ${list}"]', "not-a-text 6:17 'list' is a list, not a single value"],
    ['cmd: [x, "${none}"]', "not-a-text 6:15 'none' is empty, not a single value"],
    ['cmd: [x, "${td}"]', "not-a-text 6:15 'td' is a mapping, not a single value"],
    ['cmd: [x, "${lr * 2}"]', "bad-template 6:14 '${lr * 2}' does not contain a name"],
    ['cmd: [x, "${lr"]', "bad-template 6:14 '${lr' is not closed"],
    ['cmd: [x, "${inputs.oen}"]', "undefined-name 6:15 stage 's' has no input 'oen'"],
    ['cmd: [x, "-${inputs.all}"]', "not-a-text 6:16 'all' is a list of files"],
    ['ts: ../x.ts', "outside-root 6:9 '../x.ts' is outside the project"],
    ['description: nothing', "one-command 5:3 stage 's' has no command"],
    ['cmd: [x]\n    sh: y', "one-command 5:3 stage 's' has cmd and sh; only one is allowed"],
    ['py: ../x.py', "outside-root 6:9 '../x.py' is outside the project"],
  ])('%s is refused', async (command, message) => {
    const all = await told(pipeline(command));
    expect(all.find((one) => one.startsWith(message)) ?? all).toContain(message);
  });
});
