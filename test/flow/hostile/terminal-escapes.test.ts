import { afterEach, expect, test } from 'vitest';
import { ToyProject } from '../cli/toy-project.ts';

// A pipeline is a text by somebody: what it holds must not steer the terminal of who looks at it.

let project: ToyProject;
afterEach(() => project.remove());

const TITLE = String.raw`\e]0;owned\a`;
const HOSTILE = String.raw`${TITLE}\e[2J\x9b31m\e[5mA\u202Eb`;
// oxlint-disable-next-line no-control-regex -- what must not be printed
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;
/** With the colours that flow itself paints. */
// oxlint-disable-next-line no-control-regex -- colours begin with one
const OWN = /\u001b\[(?:1|2|22|31|32|33|36|39)m/g;

function files(): Readonly<Record<string, string>> {
  return {
    'flow.yaml': '',
    'ok.yaml': `version: 1
name: p
params:
  k: { default: "v${HOSTILE}", description: "d${HOSTILE}" }
stages:
  a:
    description: "s${HOSTILE}"
    params: [k]
    cmd: [sh, -c, 'mkdir out/o; echo 1 > "out/o/$(printf "x\\\\033[2Jy")"', "${HOSTILE}"]
    outputs: { o: o/ }
`,
    'bad.yaml': `version: 1
name: p
stages:
  "b${HOSTILE}": { sh: 'true', outputs: { o: o } }
  c: { sh: 'true', inputs: { x: "${HOSTILE}" }, outputs: { o: o } }
`,
  };
}

test('nothing in a pipeline or a file name reaches a terminal as a command to it', async () => {
  project = new ToyProject(files());
  expect((await project.flow('run', 'ok.yaml', '--quiet')).code).toBe(0);
  const commands = [
    ['params', 'ok.yaml'],
    ['show', 'a'],
    ['show', 'a.o'],
    ['show', 'a.o', 'nothing'],
    ['cat', 'a.o'],
    ['explain', 'a'],
    ['check', 'bad.yaml'],
    ['check', 'bad.yaml', '--format', 'github'],
    ['plan', 'ok.yaml', '-v'],
    ['__complete', 'flow params ok.yaml -p '],
    ['__complete', 'flow show '],
    ['__complete', 'flow cat a.o '],
  ];
  for (const color of ['0', '1']) {
    for (const args of commands) {
      const env = color === '1' ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
      const { stdout, stderr } = await project.flowWith({ env }, ...args);
      const printed = stdout + stderr;
      const steering = STEERING.exec(printed.replaceAll(OWN, color === '1' ? '' : '$&'));
      expect({
        args,
        color,
        at: steering && printed.slice(steering.index - 30, steering.index + 9),
      }).toEqual({ args, color, at: null });
      expect(printed).not.toBe('');
    }
  }
});
