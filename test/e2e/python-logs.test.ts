import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noPython } from '../flow/key/python.ts';
import { Project } from '../rig/project.ts';

// Python keeps what it prints in a buffer when its output is a file, and loses it when it is killed.

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(async () => {
  await project.endAll();
  project.close();
});

const program = `import os, sys, time
print("epoch 1")
open(os.environ["MARK"], "w").close()
END
`;

/** Stage `train` of the given kind prints a line, says so, and then does what `end` says. */
function stage(end: string, more = ''): void {
  project.write({ 'train.py': program.replace('END', end) });
  project.pipeline(`stages:
  train:
    py: train.py
    env: { MARK: { key: false }${more === '' ? '' : `, ${more}`} }
    timeout: 5s
    outputs: { o: o.txt }
`);
}

const mark = (): Record<string, string> => ({ MARK: project.at('printed') });

const log = (): string => {
  const name = project.files('cache/runs').find((file) => file.endsWith('.log')) ?? '';
  return readFileSync(project.at('cache/runs', name), 'utf8');
};

describe.skipIf(noPython)('what a Python program printed', () => {
  it('is in the log after a timeout', async () => {
    stage('time.sleep(60)');
    const ended = await project.flow(['run', 'pipelines/p.yaml'], mark());
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('epoch 1');
    expect(log()).toBe('epoch 1\n');
  });

  it('is in the log after Ctrl-C', async () => {
    stage('time.sleep(60)');
    const running = project.start(['run', 'pipelines/p.yaml'], mark());
    await project.until('printed');
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(log()).toContain('epoch 1\n');
  });

  it('is in the log after the system killed it', async () => {
    stage('os.kill(os.getpid(), 9)');
    const ended = await project.flow(['run', 'pipelines/p.yaml'], mark());
    expect(ended.code).toBe(1);
    expect(log()).toBe('epoch 1\n');
  });

  it('is shown by flow log -f while it runs', async () => {
    stage('time.sleep(60)');
    const running = project.start(['run', 'pipelines/p.yaml'], mark());
    await project.until('printed');
    const following = project.start(['log', 'train', '-f']);
    const shown = await new Promise((resolve) => {
      following.child.stdout?.once('data', resolve);
    });
    expect(shown).toContain('epoch 1');
    running.child.kill('SIGINT');
    await running.ended;
  });

  it('waits in the buffer if the stage declares PYTHONUNBUFFERED otherwise', async () => {
    stage('os.kill(os.getpid(), 9)', 'PYTHONUNBUFFERED');
    await project.flow(['run', 'pipelines/p.yaml'], { ...mark(), PYTHONUNBUFFERED: '' });
    expect(log()).toBe('');
  });
});

it('a program of any kind of stage gets PYTHONUNBUFFERED, and keys do not hold it', async () => {
  project.pipeline(`stages:
  a: { sh: 'echo $PYTHONUNBUFFERED > \${outputs.o}', outputs: { o: o.txt } }
`);
  await project.flow(['run', 'pipelines/p.yaml']);
  expect((await project.flow(['cat', 'a'])).stdout).toBe('1\n');
  const record = project.files('cache/actions').find((name) => name.endsWith('.json')) ?? '';
  const { manifest } = JSON.parse(project.read(`cache/actions/${record}`)) as {
    manifest: { command: unknown };
  };
  expect(JSON.stringify({ ...manifest, command: null })).not.toContain('PYTHONUNBUFFERED');
});
