// Native TensorFlow as npm's own package brings it, without any backend that `flow backend add` brought.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findInstalled } from '../../src/ml/backend/installed.ts';
import { FastmtlProject } from '../rig/fastmtl-project.ts';
import { installWithoutScripts, runInstallScript } from '../rig/npm-tensorflow.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const required = (process.env['BACKENDS_REQUIRED'] ?? '').includes('tensorflow');
const added = findInstalled('tensorflow');
if (added === undefined && !required) {
  process.stderr.write("tests of npm's TensorFlow are skipped: flow backend add tensorflow\n");
}

describe.skipIf(added === undefined && !required)("npm's package", () => {
  let project: FastmtlProject;
  beforeAll(() => {
    if (added === undefined) throw new Error("first: 'flow backend add tensorflow'");
    project = new FastmtlProject();
    for (const name of ['commands', 'src/flow', 'src/provision', 'test', 'vitest.config.ts']) {
      cpSync(path.join(root, name), path.join(project.folder, name), { recursive: true });
    }
    installWithoutScripts(project.folder, path.join(root, 'node_modules'));
  }, 300_000);
  afterAll(() => project.close());

  const cached = () => path.join(project.folder, '.cache', 'fastmtl-flow', 'backends');

  async function doctorSays(...names: readonly string[]) {
    const { stdout } = await project.flow('doctor', '--json');
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly { readonly name: string; readonly state: string; readonly found: string; readonly hint?: string }[]; // prettier-ignore
    };
    return names.map((name) => checks.find((check) => check.name === name));
  }

  test('that has no binary is said so, and the kernels compute', async () => {
    const [backend, tensorflow] = await doctorSays('backend', 'tensorflow');
    expect(backend?.found).toMatch(/^auto chooses wasm:/);
    expect(tensorflow).toMatchObject({
      state: 'note',
      found:
        'not installed; @tensorflow/tfjs-node: has no binary: its install script did not run, or could not download one',
      hint: expect.stringContaining("'flow backend add tensorflow' builds it") as string,
    });
    const forced = await project.flow('run', 'pipelines/fig3.yaml', '-p', 'backend=tensorflow');
    expect(forced.code).not.toBe(0);
    expect(forced.stdout + forced.stderr).toContain("backend 'tensorflow' is not here");
  });

  test('whose own install script ran is found and used, and computes what the added one does', async () => {
    await runInstallScript(project.folder, added?.folder ?? '');
    const [backend, tensorflow] = await doctorSays('backend', 'tensorflow');
    expect(backend?.found).toMatch(/^auto chooses tensorflow:/);
    expect(tensorflow).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/^TensorFlow .*, from @tensorflow\/tfjs-node$/) as string,
    });
    const env = { PATH: process.env['PATH'], HOME: project.folder, BACKENDS_REQUIRED: 'tensorflow', NO_COLOR: '1' }; // prettier-ignore
    const suite = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/ml/backend'], { cwd: project.folder, env, stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
    let said = '';
    for (const stream of [suite.stdout, suite.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text)); // prettier-ignore
    const [code] = (await once(suite, 'close')) as [number | null];
    expect([code, said]).toEqual([0, expect.stringMatching(/Tests {2}\d+ passed/)]);

    const fig3 = ['fig3', 'backend=tensorflow'] as const;
    await project.run(...fig3);
    const scores = project.read('results/fig3.csv');
    mkdirSync(cached(), { recursive: true });
    symlinkSync(added?.folder ?? '', path.join(cached(), 'tensorflow'));
    // Another cache of results, so that the added one has all to compute.
    rmSync(path.join(project.folder, 'cache'), { recursive: true });
    await project.run(...fig3);
    expect(project.read('results/fig3.csv')).toEqual(scores);

    // Nothing but what stages say themselves.
    const runs = path.join(project.folder, 'cache', 'runs');
    const logs = readdirSync(runs, { recursive: true }).map(String).filter((name) => name.endsWith('.log')); // prettier-ignore
    expect(logs.length).toBeGreaterThan(5);
    const written = logs.map((name) => readFileSync(path.join(runs, name), 'utf8')).join('\n');
    expect(written).not.toMatch(/InitializeLog|\.cc:\d+\]/);
  }, 300_000);

  test('comes after what was added, and is used where that does not load', async () => {
    const [before] = await doctorSays('tensorflow');
    expect(before?.found).toMatch(/, from tensorflow$/);
    rmSync(path.join(cached(), 'tensorflow'));
    mkdirSync(path.join(cached(), 'tensorflow'));
    writeFileSync(path.join(cached(), 'tensorflow', 'backend.json'), readFileSync(path.join(added?.folder ?? '', 'backend.json'))); // prettier-ignore
    writeFileSync(path.join(cached(), 'tensorflow', 'tfjs_binding.node'), 'no add-on');
    expect(readdirSync(cached())).toEqual(['tensorflow']);
    expect((await doctorSays('tensorflow'))[0]).toMatchObject({
      state: 'note',
      found: expect.stringMatching(/, from @tensorflow\/tfjs-node$/) as string,
      hint: expect.stringMatching(
        /^these do not load and are not used: \S+\/tensorflow: .*(invalid ELF header|file too short)/,
      ) as string,
    });
  });
});
