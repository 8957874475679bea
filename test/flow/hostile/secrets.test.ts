import { readdirSync, readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Project } from '../../rig/project.ts';

// `secrets:` reach the stage, and nothing that stays: no record, log, key, event or report.

vi.setConfig({ testTimeout: 60_000 });

const secret = 'tok-5f0a"9c\\e1';
const env = { API_TOKEN: secret };
let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(() => project.close());

const stage = (script: string, more = ''): void =>
  project.pipeline(`stages:
  s:
    sh: |
${script
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
    secrets: [API_TOKEN]
    outputs: { o: o.txt }
${more}`);

/** Files below a folder that hold a text, in clear or as JSON. */
function holding(folder: string, text: string): readonly string[] {
  const forms = [text, JSON.stringify(text).slice(1, -1)];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((file) => statSync(file).isFile())
    .filter((file) => forms.some((form) => readFileSync(file).includes(form)));
}

/** What check and plan say of a secret. */
const note = (
  name: string,
  who: string,
): string => `note: the secret ${name} is not set, and ${who} when it runs [missing-secret]
  hint: set it in flow’s environment: export ${name}=…
`;

/** What `flow ui` answers to a browser. */
async function served(paths: readonly string[]): Promise<readonly string[]> {
  const ui = project.start(['ui', '--port', '0', '--json'], env);
  try {
    const url = await new Promise<string>((resolve, reject) => {
      ui.child.stdout?.on('data', (text: string) => {
        resolve((JSON.parse(text) as { readonly url: string }).url);
      });
      ui.ended.then((ended) => reject(new Error(ended.stderr)), reject);
    });
    return await Promise.all(
      paths.map(async (name) => {
        const answer = await fetch(`${url}api/${name}`);
        expect([name, answer.status]).toEqual([name, 200]);
        return answer.text();
      }),
    );
  } finally {
    ui.child.kill('SIGINT');
    await ui.ended;
  }
}

describe('a secret', () => {
  test('reaches the stage and stands nowhere in the cache', async () => {
    stage(`printf '%s' "$API_TOKEN" | sha256sum > \${outputs.o}
echo "out $API_TOKEN"; echo "err $API_TOKEN" >&2
printf '{"type":"note","text":"got %s"}\\n' tok-5f0a >> "$FLOW_EVENTS"
node -e 'require("fs").appendFileSync(process.env.FLOW_EVENTS, JSON.stringify({type: "note", text: process.env.API_TOKEN}) + "\\n")'`);
    const ended = await project.flow(['run', 'pipelines/p.yaml', '-v'], env);
    expect(ended.code).toBe(0);
    expect(ended.stdout + ended.stderr).not.toContain(secret);
    const log = await project.flow(['log', 's']);
    expect(log.stdout.split('\n').sort()).toEqual(['', 'err ***', 'out ***']);
    expect(holding(project.at('cache'), secret)).toEqual([]);
    // The search finds what is there.
    expect(holding(project.at('cache'), 'got tok-5f0a').join()).toContain('events.ndjson');
    const report = await project.flow(['report', '-o', 'r.html'], env);
    expect(report.code).toBe(0);
    expect(holding(project.root, secret)).toEqual([]);
    for (const command of [
      ['show', 's'],
      ['explain', 's'],
      ['status'],
      ['graph', 'pipelines/p.yaml'],
    ]) {
      const { stdout } = await project.flow([...command, '--json'], env);
      expect(stdout).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  });

  test('is masked in whatever a stage tells of itself, and in the file that it did not write', async () => {
    const plain = 'tok-31c8d02e';
    project.write({
      'tell.mjs': `import { appendFileSync } from 'node:fs';
const token = process.env.PLAIN_TOKEN;
for (const event of [
  { type: 'metric', name: 'of ' + token, value: 1 },
  { type: 'progress', done: 1, total: 2, unit: token },
]) appendFileSync(process.env.FLOW_EVENTS, JSON.stringify(event) + '\\n');
process.stdout.write('half ' + token.slice(0, -1));
`,
    });
    project.pipeline(`stages:
  s: { cmd: [node, tell.mjs], secrets: [PLAIN_TOKEN], outputs: { o: o.txt } }
  l: { sh: 'ln -s "$PLAIN_TOKEN" out/o.txt', secrets: [PLAIN_TOKEN], outputs: { o: o.txt } }
`);
    const ended = await project.flow(['run', 'pipelines/p.yaml', '-k', '-v'], {
      PLAIN_TOKEN: plain,
    });
    expect(ended.code).toBe(1);
    expect(ended.stdout + ended.stderr).not.toContain(plain);
    expect(holding(project.at('cache'), plain)).toEqual([]);
    const events = holding(project.at('cache'), 'of ***').filter((file) =>
      file.endsWith('.ndjson'),
    );
    expect(events).toHaveLength(1);
    expect(readFileSync(events[0] ?? '', 'utf8')).toContain('"unit":"***"');
    // Its last letter never came: what waited for it is passed on.
    expect((await project.flow(['log', 's'])).stdout).toBe('half tok-31c8d02');
  });

  test('stands in nothing that is handed on: export, report, graph, or what a browser is sent', async () => {
    stage(`echo "out $API_TOKEN"; echo "$API_TOKEN" >&2
node -e 'require("fs").appendFileSync(process.env.FLOW_EVENTS, JSON.stringify({type: "note", text: "n " + process.env.API_TOKEN}) + "\\n")'
echo x > \${outputs.o}`, 'exports: { o.txt: s.o }\n'); // prettier-ignore
    const ran = await project.flow(['run', 'pipelines/p.yaml', '--json'], env);
    const { run_id: made } = JSON.parse(ran.stdout) as { readonly run_id: string };
    const run = await project.runJson();
    const crate = await project.flow(['export', '--ro-crate', '-o', 'crate'], env);
    expect(crate.code).toBe(0);
    expect(project.files('crate')).toContain('ro-crate-metadata.json');
    expect((await project.flow(['report', '-o', 'r.html'], env)).code).toBe(0);
    const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
    const told = await served([`runs`, `runs/${made}`, `runs/${made}/log?instance=s`, `runs/${run.run_id}/explain?instance=s`]); // prettier-ignore
    expect(told[2]).toContain('out ***');
    for (const text of told) for (const form of forms) expect(text).not.toContain(form);
    expect(holding(project.root, secret)).toEqual([]);
  });

  test('in the name of a file that is refused is masked, too', async () => {
    project.pipeline(`stages:
  fifo: { sh: 'mkdir out/d; mkfifo "out/d/$PLAIN_TOKEN"', secrets: [PLAIN_TOKEN], outputs: { o: d/ } }
  link: { sh: 'mkdir out/d; ln -s "/$PLAIN_TOKEN" out/d/l', secrets: [PLAIN_TOKEN], outputs: { o: d/ } }
`);
    const plain = 'tok-77aa41b0';
    const ended = await project.flow(['run', 'pipelines/p.yaml', '-k'], { PLAIN_TOKEN: plain });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("output 'o': out/d/*** is a FIFO");
    expect(ended.stderr).toContain("output 'o': out/d/l is a link to /***, outside its folder");
    expect(ended.stdout + ended.stderr).not.toContain(plain);
    expect(holding(project.at('cache'), plain)).toEqual([]);
  });

  test('is in no key: another value, and none at all, is a hit', async () => {
    stage('echo x > ${outputs.o}');
    expect((await project.flow(['run', 'pipelines/p.yaml'], env)).code).toBe(0);
    const other = await project.flow(['plan', 'pipelines/p.yaml', '--json'], { API_TOKEN: 'new' });
    expect(JSON.parse(other.stdout)).toMatchObject({ hits: 1, misses: 0 });
    expect(await project.runJson()).toMatchObject({ code: 0, hit: 1 });
  });

  test.each([{}, { API_TOKEN: '' }])(
    'that is not set stops the stage with what to do: %j',
    async (none) => {
      stage('echo x > ${outputs.o}');
      const { code, stderr } = await project.flow(['run', 'pipelines/p.yaml'], none);
      expect(code).toBe(1);
      expect(stderr).toContain('the secret API_TOKEN is not set');
      expect(stderr).toContain('export API_TOKEN=…');
    },
  );

  test('that is not set is told by check, plan and the start of a run, if a miss may need it', async () => {
    project.pipeline(`stages:
  slow: { sh: 'sleep 3; echo 1 > \${outputs.o}', outputs: { o: o.txt } }
  s: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: slow.o }, secrets: [API_TOKEN], outputs: { o: o.txt } }
  t: { matrix: { n: [1, 2] }, sh: 'echo > \${outputs.o}', inputs: { i: slow.o }, secrets: [API_TOKEN, OTHER], outputs: { o: o.txt } }
`);
    const notes = `${note('API_TOKEN', 's, t need it')}\n${note('OTHER', 't needs it')}`;
    for (const command of ['check', 'plan']) {
      const told = await project.flow([command, 'pipelines/p.yaml']);
      expect([command, told.code, told.stderr]).toEqual([command, 0, notes]);
      const json = await project.flow([command, 'pipelines/p.yaml', '--json'], { OTHER: 'x' });
      expect(JSON.parse(json.stdout)).toMatchObject({
        missing_secrets: [{ name: 'API_TOKEN', stages: ['s', 't'] }],
      });
      const none = await project.flow([command, 'pipelines/p.yaml'], {
        API_TOKEN: 'x',
        OTHER: 'x',
      });
      expect(none.stderr).toBe('');
    }
    const running = project.start(['run', 'pipelines/p.yaml', '-k'], { OTHER: 'x' });
    const begun = Date.now();
    const first = await new Promise<number>((resolve) => {
      running.child.stderr?.on('data', (text: string) => {
        if (text.includes('the secret API_TOKEN is not set, and s, t need it')) resolve(Date.now());
      });
    });
    expect(first - begun).toBeLessThan(3_000);
    expect((await running.ended).stderr).toContain('✖ s: the secret API_TOKEN is not set');
    await project.flow(['run', 'pipelines/p.yaml'], { API_TOKEN: 'x', OTHER: 'x' });
    const hits = await project.flow(['plan', 'pipelines/p.yaml']);
    expect(hits.stderr).toBe('');
    expect((await project.flow(['run', 'pipelines/p.yaml'])).stderr).toBe('');
  });

  test('is masked in the end of the log that a failure shows', async () => {
    stage('echo "no access for $API_TOKEN"; exit 3');
    const ended = await project.flow(['run', 'pipelines/p.yaml', '--json'], env);
    expect(ended.code).toBe(1);
    expect(ended.stdout + ended.stderr).toContain('no access for ***');
    expect(holding(project.root, secret)).toEqual([]);
  });

  test('of the whole file reaches every stage of it, of a stage only that one', async () => {
    const tell = 'for n in FIRST SECOND; do printenv $n || echo none; done';
    project.write({
      'pipelines/p.yaml': `version: 1
secrets: [FIRST]
probes:
  who: { sh: '${tell}' }
stages:
  a: { sh: '{ ${tell}; } > \${outputs.o}', outputs: { o: o.txt }, inputs: { w: probe.who } }
  b: { sh: '{ ${tell}; } > \${outputs.o}', outputs: { o: o.txt }, secrets: [SECOND] }
`,
    });
    const values = { FIRST: 'one', SECOND: 'two' };
    expect((await project.flow(['run', 'pipelines/p.yaml'], values)).code).toBe(0);
    const told = async (reference: string): Promise<string> =>
      (await project.flow(['cat', reference])).stdout;
    expect(await told('probe.who')).toBe('one\nnone\n');
    expect(await told('a.o')).toBe('one\nnone\n');
    expect(await told('b.o')).toBe('one\ntwo\n');
  });

  test('declared twice, or under a name that is none, is a mistake with its place', async () => {
    stage('echo x > ${outputs.o}', '    env: [API_TOKEN]\n');
    const twice = await project.flow(['run', 'pipelines/p.yaml'], env);
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain("'API_TOKEN' is declared both as a secret and under env:");
    stage('echo x > ${outputs.o}');
    const text = project.read('pipelines/p.yaml').replace('[API_TOKEN]', '["API_TOKEN=abc"]');
    project.write({ 'pipelines/p.yaml': text });
    const value = await project.flow(['run', 'pipelines/p.yaml'], env);
    expect(value.code).toBe(2);
    expect(value.stderr).toContain('is not a valid name of an environment variable');
  });

  test.each(['env', 'secrets'])(
    'or a variable under %s: takes no place of flow’s own',
    async (where) => {
      const names = ['TMPDIR', 'FLOW_STAGE', 'FLOW_EVENTS'];
      project.pipeline(`stages:
  s: { sh: 'echo 1 > \${outputs.o}', ${where}: [${names.join(', ')}], outputs: { o: o.txt } }
`);
      const { code, stderr } = await project.flow(['run', 'pipelines/p.yaml'], { TMPDIR: '/tmp' });
      expect(code).toBe(2);
      for (const name of names) expect(stderr).toContain(`'${name}' is reserved`);
    },
  );

  test('may come in a flood of output, cut anywhere', async () => {
    stage(`for i in $(seq 20000); do echo "$i $API_TOKEN"; done
echo x > \${outputs.o}`);
    expect((await project.flow(['run', 'pipelines/p.yaml', '-q'], env)).code).toBe(0);
    const { stdout } = await project.flow(['log', 's']);
    expect(stdout).toBe(Array.from({ length: 20000 }, (_, i) => `${i + 1} ***\n`).join(''));
  });
});
