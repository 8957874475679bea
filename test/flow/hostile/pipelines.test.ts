import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Project } from '../../rig/project.ts';

// Pipeline files, params and paths that mean harm, or are only odd: refused with their place, or harmless.

vi.setConfig({ testTimeout: 60_000 });

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(() => project.close());

/** What flow says of a pipeline: exit code and stderr. */
async function told(text: string, ...args: readonly string[]): Promise<string> {
  project.write({ 'pipelines/p.yaml': text });
  const { code, stderr } = await project.flow(['run', 'pipelines/p.yaml', '-q', ...args]);
  return `${code}: ${stderr}`;
}

const letters = [...'abcdefghi'];

/** Each level names the one before nine times: 9^9 nodes of a few hundred bytes. */
const laughs = letters
  .map(
    (name, i) =>
      `${name}: &${name} [${Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*${letters[i - 1]}`)).join(', ')}]`,
  )
  .join('\n');

describe('YAML', () => {
  test.each([
    ['a bomb of aliases', laughs],
    ['an alias of what holds it', 'params: &a { x: [*a] }'],
    ['lists in lists without end', `stages: ${'['.repeat(100_000)}`],
    ['mappings in mappings', `params: ${'{ a: '.repeat(5000)}1${' }'.repeat(5000)}`],
  ])('%s is refused, quickly and with its place', async (_what, text) => {
    expect(await told(`version: 1\n${text}\n`)).toMatch(
      /^2: pipelines\/p\.yaml:2:\d+: error: aliases or nesting make this file too large/,
    );
  });

  test.each([
    ['__proto__: 1', "'__proto__' cannot be a name"],
    ['params: { "__proto__": { x: 1 } }', "'__proto__' cannot be a name"],
    ['params: { x: !!js/function "f" }', 'a pipeline cannot contain YAML tags (!!js/function)'],
    ['params: { x: !include secret.yaml }', 'a pipeline cannot contain YAML tags (!include)'],
    ['params: { ? [a] : 1 }', 'a key must be a plain string'],
    ['params: { x: 12345678901234567890 }', 'is too large for an exact integer'],
    ['params: { x: .nan }', 'is not a finite number'],
    ['include: [../../../etc/passwd]', 'is outside the project'],
    ['include: [./p.yaml]', 'files include each other'],
  ])('%s is refused', async (text, message) => {
    expect(await told(`version: 1\n${text}\n`)).toMatch(/^2: .*pipelines\/p\.yaml:2:/s);
    expect(await told(`version: 1\n${text}\n`)).toContain(message);
  });

  test('a file of another encoding, with NUL bytes or none at all is no crash', async () => {
    for (const text of ['\0\0\0', 'version: 1\0\n', '\ud800', '- 1', '%YAML 9.9\n---\n']) {
      expect(await told(text)).toMatch(/^[12]: /);
    }
  });
});

const ended = async (...args: readonly string[]): Promise<string> => {
  const { code, stderr } = await project.flow(args);
  return `${code}: ${stderr}`;
};

describe('a special file is named and not opened', () => {
  const make = {
    'a FIFO': (at: string) => void execFileSync('mkfifo', [at]),
    'a device': (at: string) => symlinkSync('/dev/zero', at),
  };

  test.each(Object.entries(make))('%s as a pipeline', async (what, at) => {
    mkdirSync(project.at('pipelines'), { recursive: true });
    at(project.at('pipelines/odd.yaml'));
    for (const command of ['check', 'run', 'plan']) {
      expect(await ended(command, 'pipelines/odd.yaml')).toMatch(
        new RegExp(
          `^2: error: pipelines/odd.yaml is ${what} \\[no-pipeline\\]\n  hint: write the path of a text file`,
        ),
      );
    }
  });

  test.each(Object.entries(make))('%s as an include', async (what, at) => {
    project.write({ 'pipelines/p.yaml': 'version: 1\ninclude: [./odd.yaml]\n' });
    at(project.at('pipelines/odd.yaml'));
    const place = `pipelines/p.yaml:2:11: error: pipelines/odd.yaml is ${what}`;
    expect(await ended('run', 'pipelines/p.yaml')).toContain(`2: ${place}`);
    expect(await ended('check', 'pipelines/p.yaml')).toContain(place);
  });

  test.each(Object.entries(make))('%s as a params file', async (what, at) => {
    project.write({ 'pipelines/p.yaml': stage('o.txt') });
    at(project.at('odd.yaml'));
    expect(await ended('run', 'pipelines/p.yaml', '--params-file', 'odd.yaml')).toMatch(
      new RegExp(
        `^2: error: odd.yaml is ${what} \\[no-file\\]\n  hint: give --params-file the path`,
      ),
    );
  });

  test.each(Object.entries(make))(
    '%s in the place of a pipeline that was known',
    async (what, at) => {
      expect(await told(stage('o.txt'))).toMatch(/^0: /);
      rmSync(project.at('pipelines/p.yaml'));
      at(project.at('pipelines/p.yaml'));
      expect(await ended('run', 'pipelines/p.yaml')).toContain(`pipelines/p.yaml is ${what}`);
    },
  );

  test.each(Object.entries(make))('%s as flow.yaml', async (what, at) => {
    project.write({ 'pipelines/p.yaml': stage('o.txt') });
    at(project.at('flow.yaml'));
    expect(await ended('run', 'pipelines/p.yaml')).toMatch(
      new RegExp(`^2: error: flow.yaml is ${what}`),
    );
  });
});

const axis = (name: string, values: number): string =>
  `${name}: [${Array.from({ length: values }, (_, i) => i).join(', ')}]`;

describe('a matrix', () => {
  test('of more than a million combinations is refused before they are made', async () => {
    const axes = [...'abcdefghi'].map((name) => axis(name, 10)).join(', ');
    const text = `version: 1\nstages:\n  s:\n    matrix: { ${axes} }\n    sh: echo > \${outputs.o}\n    outputs: { o: o.txt }\n`;
    expect(await told(text)).toMatch(
      /^2: pipelines\/p\.yaml:3:3: error: the matrix of 's' has 1,000,000,000 combinations; the maximum is 1,000,000 \[too-many\]\n/,
    );
  });
});

describe('names that JavaScript knows', () => {
  const text = `version: 1
params: { toString: 2, hasOwnProperty: 3, td: { default: { a: 1 }, type: object } }
stages:
  constructor:
    sh: echo \${toString} > \${outputs.valueOf}
    params: [hasOwnProperty, td]
    outputs: { valueOf: o.txt }
  s:
    matrix: { constructor: [1, 2] }
    sh: cat \${inputs.toString} stage.json > \${outputs.o}
    inputs: { toString: constructor.valueOf }
    outputs: { o: o.txt }
`;

  test('are names like others, of stages, params, axes, inputs and outputs', async () => {
    expect(await told(text)).toMatch(/^0: /);
    expect((await project.flow(['cat', 's.o@constructor=2'])).stdout).toMatch(
      /^2\n\{[^]*"constructor": 2/,
    );
    expect(await told(text, '-p', 'toString=3')).toMatch(/^0: /);
    const explained = await project.flow(['explain', 'constructor', '--json']);
    expect(JSON.parse(explained.stdout)['changes']).toMatchObject([{ kind: 'command' }]);
  });

  test.each([
    '__proto__=1',
    'td.__proto__.x=1',
    'td.constructor.x=1',
    'td={"__proto__": {"x": 1}}',
    'valueOf=1',
  ])('do not exist by themselves: -p %s', async (override) => {
    expect(await told(text, '-p', override)).toMatch(/^2: error: /);
  });

  test('do not come in by a params file or a profile', async () => {
    project.write({ 'more.json': '{"td": {"__proto__": {"x": 1}}}' });
    expect(await told(text, '--params-file', 'more.json')).toContain(
      "'__proto__' cannot be a name",
    );
    expect(await told(text, '--profile', '__proto__')).toContain("no profile '__proto__'");
  });
});

function reading(source: string): string {
  const io = `inputs: { i: ${source} }, outputs: { o: o.txt }`;
  return `version: 1\nstages:\n  s: { sh: 'ls \${inputs.i} > \${outputs.o}', ${io} }\n`;
}

const stage = (output: string, more = ''): string =>
  `version: 1\nstages:\n  s: { sh: 'echo x > \${outputs.o}', outputs: { o: ${output} } }\n${more}`;

describe('declared paths', () => {
  test.each(['../x', '/tmp/x', 'a/../../x', '.', '..', '""', '"a\\0b"'])(
    'of an output stay in its folder: %s',
    async (output) => {
      expect(await told(stage(output))).toMatch(/^2: .*outside its scratch folder/s);
    },
  );

  test.each(['"a\\nb"', '"\\e[31mred"', `${'n'.repeat(256)}`, `a/${'ü'.repeat(128)}`])(
    'are names that a person can read and a disk can hold: %s',
    async (name) => {
      expect(await told(stage(name))).toMatch(
        /^2: .*the path of output 'o' of stage 's' (contains|has)/s,
      );
      const exported = await told(stage('o.txt', `exports: { ${name}: s.o }\n`));
      expect(exported).toMatch(/^2: .*the path of an export (contains|has)/s);
    },
  );

  test.each([
    '"-rf"',
    '"é/ü"',
    'stage.json',
    `${'n'.repeat(255)}`,
    '"a b"',
    '"$(touch x)"',
    '"\'; touch x; \'"',
  ])('may be odd otherwise: %s', async (output) => {
    const exported = output.startsWith('"') ? `"out/${output.slice(1)}` : `out/${output}`;
    expect(await told(stage(output, `exports: { ${exported}: s.o }\n`))).toMatch(/^0: /);
    expect((await project.flow(['cat', 's.o'])).stdout).toBe('x\n');
    expect(project.has('x')).toBe(false);
  });

  test.each(['../x', '/tmp/x', '.git/hooks/pre-commit', 'cache/x', 'node_modules/x', 'a/../../x'])(
    'of an export stay in the project, and out of what is not a person’s: %s',
    async (exported) => {
      expect(await told(stage('o.txt', `exports: { ${exported}: s.o }\n`))).toMatch(
        /^2: .*an export cannot go to/s,
      );
    },
  );

  test.each(['ts', 'py'])('of %s code stay in the project', async (kind) => {
    for (const entry of ['../x', '/etc/passwd']) {
      const text = `version: 1\nstages:\n  s: { ${kind}: ${entry}, outputs: { o: o.txt } }\n`;
      expect(await told(text)).toMatch(/^2: .*is outside the project/s);
    }
  });

  test.each(['../*', '/etc/*', '**/../../*'])(
    'of code: match nothing outside: %s',
    async (pattern) => {
      const { code, stderr } = await (async () => {
        project.write({
          'pipelines/p.yaml': stage('o.txt').replace('outputs:', `code: ['${pattern}'], outputs:`),
        });
        return project.flow(['run', 'pipelines/p.yaml']);
      })();
      expect(code).toBe(2);
      expect(stderr).toContain('matches no file of the project');
    },
  );

  test('of a source may lead anywhere, but not round in a circle or to a FIFO', async () => {
    mkdirSync(project.at('data'));
    symlinkSync('..', project.at('data/up'));
    expect(await told(reading('./data'))).toMatch(/^2: .*leads back to a folder that contains it/s);
    expect(await told(reading('./cache'))).toMatch(/^2: .*contains flow's cache/s);
    expect(await told(reading('/dev/null'))).toMatch(/^2: .*is a device/s);
  });

  test.each([
    ['a link that leads nowhere', (at: string) => symlinkSync('gone', at), 'is a link to gone'],
    ['a FIFO', (at: string) => execFileSync('mkfifo', [at]), 'is a FIFO'],
  ])('of a folder that holds %s end nothing in the middle', async (_what, make, words) => {
    project.write({ 'data/deep/a.txt': 'a\n' });
    make(project.at('data/deep/odd'));
    project.write({
      'pipelines/p.yaml': `version: 1
stages:
  first: { sh: "echo > ../../../../ran; echo > \${outputs.o}", outputs: { o: o.txt } }
  s: { sh: "cat \${inputs.a} > \${outputs.o}", inputs: { a: first.o, d: ./data }, outputs: { o: o.txt } }
`,
    });
    for (const command of ['plan', 'run']) {
      const { code, stderr } = await project.flow([command, 'pipelines/p.yaml']);
      expect(code).toBe(2);
      expect(stderr).toContain(words);
      expect(stderr).toMatch(/p\.yaml:4:[0-9]+.*source '\.\/data'[^]*hint: remove it/);
    }
    expect(project.files('cache/runs')).toEqual([]);
    rmSync(project.at('data/deep/odd'));
    symlinkSync('a.txt', project.at('data/deep/good'));
    expect((await project.flow(['run', 'pipelines/p.yaml'])).code).toBe(0);
  });
});

describe('values of axes', () => {
  const values = [
    'a b',
    'a/b',
    '../..',
    'é',
    '日本',
    '-rf',
    '%2F',
    'a\nb',
    '\u001b[31m',
    "'",
    '"',
    '$(touch x)',
    'n'.repeat(400),
  ];

  test('of any kind give instances with names, logs and results of their own', async () => {
    const text = `version: 1
params:
  values: { default: ${JSON.stringify(values)}, type: "string[]" }
stages:
  s:
    matrix: { v: "\${values}" }
    cmd: [sh, -c, 'echo "log of $1"; printf "%s" "$1" > "$2"', sh, "\${v}", "\${outputs.o}"]
    outputs: { o: o.txt }
`;
    project.write({ 'pipelines/p.yaml': text });
    const run = await project.runJson();
    expect(run).toMatchObject({ code: 0, ran: values.length });
    for (const [index, { id }] of run.instances.entries()) {
      expect(id).toMatch(/^s@v=[A-Za-z0-9._+%-]+$/);
      expect((await project.flow(['cat', id])).stdout).toBe(values[index]);
    }
    const odd = run.instances[7]?.id ?? '';
    expect((await project.flow(['log', odd])).stdout).toBe('log of a\nb\n');
    expect(project.has('x')).toBe(false);
  });
});
