import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ToyProject } from '../toy-project.ts';

// `flow log -f` beside a live run: real processes, and a file that opens the way for the stage.

let project: ToyProject;

beforeEach(() => {
  project = new ToyProject({});
  project.write({
    'pipelines/p.yaml': `version: 1
name: p
stages:
  first:
    sh: 'until [ -e ${project.path('first')} ]; do sleep 0.05; done; echo a > \${outputs.a}'
    outputs: { a: a }
  slow:
    sh: |
      echo begins
      until [ -e ${project.path('go')} ]; do sleep 0.05; done
      echo "goes on"
      [ -e ${project.path('again')} ] || { touch ${project.path('again')}; exit 9; }
      echo b > \${outputs.b}
    inputs: { a: first.a }
    outputs: { b: b }
    retries: { times: 1, backoff: 100ms }
`,
  });
});
afterEach(() => project.remove());

/** A command that goes on, with what it has said so far. */
function begin(...args: readonly string[]) {
  const child = project.start(...args);
  const said = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => (said.out += String(chunk)));
  child.stderr?.on('data', (chunk) => (said.err += String(chunk)));
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { said, code };
}

const until = (condition: () => boolean): Promise<void> =>
  vi.waitUntil(condition, { timeout: 50_000, interval: 50 }).then(() => undefined);

describe('flow log -f', () => {
  test('waits for an instance to begin, and follows its attempts until it has ended', async () => {
    const run = begin('run', 'pipelines/p.yaml');
    await until(() => run.said.err.includes('start  first'));
    const log = begin('log', 'slow', '-f');
    await until(() => log.said.err.includes('has not started; waiting'));
    project.write({ first: '' });
    await until(() => log.said.out === 'begins\n');
    project.write({ go: '' });
    expect(await log.code).toBe(0);
    expect(log.said.out).toBe('begins\ngoes on\nbegins\ngoes on\n');
    expect(log.said.err).toMatch(/slow: attempt 2\nslow: ran after \d/);
    expect(await run.code).toBe(0);
  });

  test('of a run that is over prints what there is; of a hit the log of who made it', async () => {
    project.write({ first: '', go: '', again: '' });
    await project.flow('run', 'pipelines/p.yaml', '-q');
    const over = await project.flow('log', 'slow', '--follow');
    expect(over).toMatchObject({ code: 0, stdout: 'begins\ngoes on\n' });
    await project.flow('run', 'pipelines/p.yaml', '-q');
    const hit = await project.flow('log', 'slow', '-f');
    expect(hit).toMatchObject({ code: 0, stdout: 'begins\ngoes on\n', stderr: '' });
  });

  test('does not wait for a run whose process died', async () => {
    const run = project.start('run', 'pipelines/p.yaml');
    await until(() => project.exists('cache/runs') && project.logs().length > 0);
    run.kill('SIGKILL');
    await new Promise((resolve) => run.on('close', resolve));
    const log = await project.flow('log', 'slow', '-f');
    expect(log.code).toBe(0);
    expect(log.stderr).toMatch(/slow: run \S+ has ended/);
  });
});
