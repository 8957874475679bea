import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lives } from '../../rig/project.ts';
import { failureOf, started, World } from './world.ts';

/** `bad` ends with this exit code. */
const ending = (code: number): string => `
stages:
  good: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o.txt } }
  bad: { sh: 'cp \${inputs.i} \${outputs.o}; exit ${code}', inputs: { i: good.o }, outputs: { o: o.txt } }
`;

describe('a stage that fails', () => {
  it('is told with its code, its log and the last lines of it', async () => {
    const world = new World();
    const ran = await world.run(`
stages:
  s: { sh: 'seq 1 100; echo oops >&2; exit 7', outputs: { o: o.txt } }
  after: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: s.o }, outputs: { o: o.txt } }
`);
    expect(ran.exitCode).toBe(1);
    expect(ran.outcomes).toEqual({ s: 'failed', after: 'skipped' });
    const failure = failureOf(ran, 's');
    expect(failure).toMatchObject({ reason: 'exit', exitCode: 7 });
    expect(failure.tail).toHaveLength(20);
    expect(failure.tail?.at(-1)).toBe('oops');
    expect(world.read(failure.log ?? '')).toContain('oops');
    expect(existsSync(world.at('cache/actions'))).toBe(false);
  });

  it('is told with the paths of its sources in the project', async () => {
    const world = new World();
    world.write({
      'data/glue/RTE/train.tsv': 'x',
      'data/glue2': 'y',
      'words.txt': 'z',
      'my data/all rows.csv': 'w',
    });
    const script = [
      'echo "in/raw/glue/RTE/train.tsv:5: the line has 1 column"',
      `echo 'open("./in/raw/glue/RTE"), in/words/words.txt'`,
      'echo in/raw/glue2 in/words/words.txt.bak in/raw/other lin/raw/glue',
      'echo cannot read in/rows/all rows.csv: too short',
      'exit 1',
    ].join('; ');
    const ran = await world.run(`
stages:
  s: { sh: '${script.replaceAll("'", "''")}', inputs: { raw: ./data/glue, words: ./words.txt, rows: './my data/all rows.csv' }, outputs: { o: o } }
`);
    expect(failureOf(ran, 's').tail).toEqual([
      'data/glue/RTE/train.tsv:5: the line has 1 column',
      'open("data/glue/RTE"), words.txt',
      'in/raw/glue2 in/words/words.txt.bak in/raw/other lin/raw/glue',
      'cannot read my data/all rows.csv: too short',
    ]);
  });

  it('fails when it exits with 0 but an output is missing', async () => {
    const world = new World();
    const ran = await world.run(`
stages:
  s: { sh: 'echo x > \${outputs.a}', outputs: { a: a.txt, model: model/ } }
`);
    expect(failureOf(ran, 's')).toMatchObject({
      reason: 'missing-output',
      message: `exited with code 0 but did not write 'model' (out/model/)`,
    });
  });

  it('says that an output is a link that leads nowhere, or to itself', async () => {
    const ran = await new World().run(
      `
stages:
  nowhere: { sh: 'ln -s gone \${outputs.o}', outputs: { o: o.txt } }
  loop: { sh: 'ln -s o.txt \${outputs.o}', outputs: { o: o.txt } }
`,
      { failure: 'continue' },
    );
    expect(failureOf(ran, 'nowhere').message).toBe(
      "exited with code 0 but did not write 'o' (out/o.txt), which is a broken link",
    );
    expect(failureOf(ran, 'loop')).toMatchObject({
      reason: 'bad-output',
      message: expect.stringMatching(
        /^flow cannot read output 'o' \(out\/o\.txt\): ELOOP.*'out\/o\.txt'$/,
      ),
    });
  });

  it('fails when a file stands where a folder is declared', async () => {
    const ran = await new World().run(`
stages:
  s: { sh: 'echo x > out/model', outputs: { model: model/ } }
`);
    expect(failureOf(ran, 's').reason).toBe('bad-output');
  });

  it('fails when a command in a pipe fails, and when a variable is not set', async () => {
    const world = new World();
    const ran = await world.run(
      `
stages:
  pipe: { sh: 'false | cat > \${outputs.o}', outputs: { o: o.txt } }
  unset: { sh: 'echo $nothing > \${outputs.o}', outputs: { o: o.txt } }
`,
      { failure: 'continue' },
    );
    expect(ran.outcomes).toEqual({ pipe: 'failed', unset: 'failed' });
  });

  it('says that a program is not found', async () => {
    const ran = await new World().run(`
stages:
  s: { cmd: [no-such-program], outputs: { o: o.txt } }
`);
    expect(failureOf(ran, 's')).toMatchObject({
      reason: 'spawn',
      message: "cannot start 'no-such-program': not found",
    });
  });

  it('says what to do when a script is not executable, and when arguments are too long', async () => {
    const world = new World();
    world.write({ 'tools/x.sh': '#!/bin/sh\n' });
    const ran = await world.run(
      `
stages:
  script: { cmd: [tools/x.sh], outputs: { o: o.txt } }
  long: { cmd: ['true', ${'x'.repeat(200_000)}], outputs: { o: o.txt } }
`,
      { failure: 'continue' },
    );
    expect(failureOf(ran, 'script').hint).toContain('executable');
    expect(failureOf(ran, 'long').hint).toContain('stage.json');
  });

  it('fails before anything runs when code does not bundle', async () => {
    const world = new World();
    world.write({ 'stages/bad.ts': 'import { x } from "./missing.ts";\nconsole.log(x);\n' });
    const ran = await world.run(`
stages:
  first: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o.txt } }
  bad: { ts: stages/bad.ts, inputs: { i: first.o }, outputs: { o: o.txt } }
`);
    expect(started(ran)).toEqual([]);
    expect(failureOf(ran, 'bad').reason).toBe('code');
    expect(ran.outcomes).toEqual({ first: 'cancelled', bad: 'failed' });
  });

  it('keeps what is done when it is run again after a repair', async () => {
    const world = new World();
    expect((await world.run(ending(1))).outcomes).toEqual({ good: 'ran', bad: 'failed' });
    expect((await world.run(ending(0))).outcomes).toEqual({ good: 'hit', bad: 'ran' });
  });
});

describe('a stage that dies by a signal', () => {
  // Node reports a death by one of the signals 32 to 64 as exit code 0.
  it.each([
    ['sh', "sh: 'echo half > ${outputs.o}; kill -40 $$'"],
    ['cmd', "cmd: [bash, -c, 'echo half > out/o.txt; kill -40 $$']"],
    ['py', 'py: die.py'],
    ['ts', 'ts: die.ts'],
  ])(
    'of real time fails, and its half-written output is no result (%s)',
    async (_kind, command) => {
      const world = new World();
      world.write({
        'die.py': 'import os\nopen("out/o.txt", "w").write("half")\nos.kill(os.getpid(), 40)\n',
        'die.ts':
          "import { writeFileSync } from 'node:fs';\nwriteFileSync('out/o.txt', 'half');\nprocess.kill(process.pid, 40);\nsetTimeout(() => undefined, 60_000);\n",
      });
      const stages = `stages: { s: { ${command}, outputs: { o: o.txt } } }`;
      const ran = await world.run(stages);
      expect(ran.outcomes).toEqual({ s: 'failed' });
      expect(failureOf(ran, 's').message).toContain('exit code 168, or signal 40');
      expect((await world.plan(stages)).hits).toBe(0);
    },
  );

  it('that it sends to its whole group fails, too', async () => {
    const ran = await new World().run(
      "stages: { s: { sh: 'echo half > ${outputs.o}; kill -40 0', outputs: { o: o.txt } } }",
    );
    expect(ran.outcomes).toEqual({ s: 'failed' });
  });

  it('is told by its name, and its log holds its own words alone', async () => {
    const world = new World();
    const ran = await world.run(
      "stages: { s: { sh: 'echo mine >&2; kill -SEGV $$', outputs: { o: o.txt } } }",
    );
    const failure = failureOf(ran, 's');
    expect(failure).toMatchObject({ reason: 'signal', signal: 'SIGSEGV', exitCode: 139 });
    expect(failure.message).toContain('was stopped by SIGSEGV');
    expect(world.read(failure.log ?? '')).toBe('mine\n');
  });
});

it.each([1, 127, 253, 254, 255])(
  'exit code %i is told as it is, and is never a success',
  async (code) => {
    const ran = await new World().run(ending(code));
    expect(failureOf(ran, 'bad')).toMatchObject({ exitCode: code });
  },
);

describe('failure modes', () => {
  // `bad` fails while `slow` runs; `slow` runs until the driver knows of it.
  const stages = `
stages:
  slow: { sh: 'touch "$T/begun"; until [ -e "$T/known" ]; do sleep 0.02; done; echo 1 > \${outputs.o}', env: [T], outputs: { o: o.txt } }
  bad: { sh: 'until [ -e "$T/begun" ]; do sleep 0.02; done; exit 1', env: [T], outputs: { o: o.txt } }
  skipped: { sh: 'cp \${inputs.i} \${outputs.o}', inputs: { i: bad.o }, outputs: { o: o.txt } }
  other: { sh: 'cp \${inputs.i} \${outputs.o}', inputs: { i: slow.o }, outputs: { o: o.txt } }
`;

  it.each([
    ['no-new', { slow: 'ran', bad: 'failed', skipped: 'skipped', other: 'cancelled' }],
    ['continue', { slow: 'ran', bad: 'failed', skipped: 'skipped', other: 'ran' }],
    ['kill', { slow: 'cancelled', bad: 'failed', skipped: 'skipped', other: 'cancelled' }],
  ] as const)('%s', async (failure, outcomes) => {
    const world = new World();
    world.env['T'] = world.root;
    const ran = await world.run(stages, {
      failure,
      emit: (event) => {
        if (event.type !== 'finished' || event.id !== 'bad') return;
        if (failure !== 'kill') world.write({ known: '' });
      },
    });
    expect(ran.outcomes).toEqual(outcomes);
    expect(ran.exitCode).toBe(1);
  });
});

const twin = (name: string): string =>
  `  ${name}: { sh: 'echo x >> "$T/tries"; [ $(wc -l < "$T/tries") = 2 ] || exit 1; echo 1 > \${outputs.o}', env: [T], outputs: { o: o.txt } }\n`;

it('of equal keys the next one tries when the first fails and the run goes on', async () => {
  const world = new World();
  world.env['T'] = world.root;
  const ran = await world.run(`stages:\n${twin('a')}${twin('b')}${twin('c')}`, {
    failure: 'continue',
  });
  expect(ran.outcomes).toEqual({ a: 'failed', b: 'ran', c: 'hit' });
  expect(started(ran)).toEqual(['a', 'b']);
});

describe('what a stage leaves behind', () => {
  it('is killed before its outputs are read', async () => {
    const world = new World();
    world.env['T'] = world.root;
    const ran = await world.run(`
stages:
  s:
    sh: '(until [ -e "$T/go" ]; do sleep 0.01; done; echo late >> out/o.txt; touch "$T/late") & echo $! > "$T/pid"; echo done > \${outputs.o}'
    env: [T]
    outputs: { o: o.txt }
`);
    expect(await world.output(ran, 's', 'o')).toBe('done\n');
    expect(lives(Number(world.read('pid')))).toBe(false);
    expect(existsSync(world.at('late'))).toBe(false);
  });

  it('is killed as its group where nothing else leads to it', async () => {
    const world = new World();
    world.env['T'] = world.root;
    const ran = await world.run(`
stages:
  s: { sh: '(cd /; exec env -i "$(command -v sleep)" 600 < /dev/null > /dev/null 2>&1) & echo $! > "$T/pid"; echo 1 > \${outputs.o}', env: [T], outputs: { o: o } }
  after: { sh: 'if grep -qs 600 "/proc/$(cat "$T/pid")/cmdline"; then exit 1; fi; cp \${inputs.s} \${outputs.o}', env: [T], inputs: { s: s.o }, outputs: { o: o } }
`);
    expect(ran.outcomes).toEqual({ s: 'ran', after: 'ran' });
  });

  it('delays nothing when it holds the standard output open', async () => {
    const ran = await new World().run(`
stages:
  s: { sh: 'setsid sleep 600 & echo done > \${outputs.o}', outputs: { o: o.txt } }
`);
    expect(ran.exitCode).toBe(0);
  });

  it('may be any amount of output', async () => {
    const world = new World();
    const ran = await world.run(`
stages:
  s: { sh: 'head -c 30000000 /dev/zero | tr "\\0" x; echo; echo end; echo 1 > \${outputs.o}; exit 3', outputs: { o: o.txt } }
`);
    expect(failureOf(ran, 's').tail?.at(-1)).toBe('end');
  });
});
