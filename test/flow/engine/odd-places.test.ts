import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, started, World } from './world.ts';

/** A project in a folder with this name. */
function worldIn(name: string): World {
  return new World(realpathSync(mkdtempSync(path.join(tmpdir(), `flow-${name}-`))));
}

const names = [
  'a:b',
  'a*b',
  'a\\b',
  'a b',
  "a'b",
  'a"b',
  'a$b',
  'a?b',
  'a[b]',
  'a{b,c}',
  'a#b',
  'a%20b',
  'aéb',
  '-a&b',
];

describe.each(names)('in a project below %j', (name) => {
  it('a ts stage runs with its helpers and a changed helper re-runs it', async () => {
    const world = worldIn(name);
    world.write({
      'stages/s.ts': `import { writeFileSync } from 'node:fs';
import { a } from './lib/a.ts';
import { b } from '~/b.ts';
import x from 'x';
import { y } from 'y';
import data from './data.json';
const { default: late } = await import(\`./late/\${data.late}.ts\`);
writeFileSync('out/o.txt', a + b + late + x + y);`,
      'stages/lib/a.ts': "export const a = 'a1';",
      'stages/late/x.ts': "export default 'x';",
      'stages/data.json': '{"late":"x"}',
      'lib/b.ts': "export const b = 'b';",
      // The one is CommonJS, the other an ES module; both need a file of their own.
      'node_modules/x/index.js': "module.exports = require('./other.js');",
      'node_modules/x/other.js': "module.exports = 'x';",
      'node_modules/y/package.json': '{"type":"module","main":"index.js"}',
      'node_modules/y/index.js': "export { y } from './other.js';",
      'node_modules/y/other.js': "export const y = 'y';",
      'node_modules/.package-lock.json': JSON.stringify({
        packages: {
          'node_modules/x': { version: '1.0.0' },
          'node_modules/y': { version: '1.0.0' },
        },
      }),
      'tsconfig.json': '{"compilerOptions":{"paths":{"~/*":["./lib/*"]}}}',
    });
    const text = `\nstages:\n  s: { ts: stages/s.ts, outputs: { o: o.txt } }\n`;
    expect(await world.output(await world.run(text), 's', 'o')).toBe('a1bxxy');
    expect(started(await world.run(text))).toEqual([]);
    world.write({ 'stages/lib/a.ts': "export const a = 'a2';" });
    expect(await world.output(await world.run(text), 's', 'o')).toBe('a2bxxy');
  });

  it('a py stage and a py probe run with their helpers', async () => {
    const world = worldIn(name);
    world.write({
      'stages/s.py': `import os
from lib.a import a
from helper import h
os.chdir('/')
import late
open(os.path.join(os.environ['HERE'] if 'HERE' in os.environ else os.path.dirname(os.environ['TMPDIR']), 'out/o.txt'), 'w').write(a + h + late.x)
`,
      'stages/ask.py': `from helper import h\nprint(h)\n`,
      'stages/helper.py': "h = 'h'",
      'stages/late.py': "x = 'x'",
      'lib/a.py': "a = 'a1'",
    });
    const text = `
probes:
  ask: { py: stages/ask.py }
stages:
  s: { py: stages/s.py, inputs: { f: probe.ask }, outputs: { o: o.txt } }
`;
    const ran = await world.run(text);
    expect(ran.summary.instances.map((each) => each.outcome)).toEqual(['ran', 'ran']);
    expect(await world.output(ran, 's', 'o')).toBe('a1hx');
    expect(started(await world.run(text))).toEqual([]);
  });

  it('a mistake in a ts stage has the place in its file', async () => {
    const world = worldIn(name);
    world.write({ 'stages/s.ts': `const name = './x.ts';\nawait import(name);\n` });
    const ran = await world.run('\nstages:\n  s: { ts: stages/s.ts, outputs: { o: o.txt } }\n');
    expect(failureOf(ran, 's').message).toMatch(/^stages\/s\.ts:2:7: /);
  });

  it('sh and cmd run, and git does not find the repository', async () => {
    const world = worldIn(name);
    world.write({ 'tool.sh': 'cat "$1" > "$2"', 'data/x.txt': 'x' });
    execFileSync('git', ['init', '-q'], { cwd: world.root });
    const ran = await world.run(`
stages:
  s: { sh: '! git rev-parse; cat \${inputs.x} > \${outputs.o}', inputs: { x: ./data/x.txt }, outputs: { o: o.txt } }
  c: { cmd: [bash, tool.sh, '\${inputs.x}', '\${outputs.o}'], inputs: { x: s.o }, outputs: { o: o.txt } }
`);
    expect(await world.output(ran, 'c', 'o')).toBe('x');
  });
});

const pipelineOf = (sh: string): string => `
stages:
  s: { sh: ${JSON.stringify(sh)}, outputs: { o: o.txt } }
`;

describe('a script above 128 KiB', () => {
  it('runs as a smaller one does', async () => {
    const world = new World();
    const filler = `: ${'x'.repeat(1000)}\n`.repeat(300);
    const script = `${filler}set -o | grep pipefail > \${outputs.o}\necho "$# $-" >> \${outputs.o}\nfalse | true`;
    expect(failureOf(await world.run(pipelineOf(script)), 's')).toMatchObject({ exitCode: 1 });
    const whole = script.replace('false | true', 'true');
    const large = await world.run(pipelineOf(whole));
    const small = await world.run(pipelineOf(whole.slice(filler.length)));
    const said = await world.output(small, 's', 'o');
    expect(said).toContain('pipefail');
    expect(await world.output(large, 's', 'o')).toBe(said);
  });
});
