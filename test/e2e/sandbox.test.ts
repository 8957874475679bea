// Stages shut in by bubblewrap: what they did not declare is not there, and nothing of them is left.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostOf } from '../rig/host.ts';
import { allEnd, lives, Project } from '../rig/project.ts';
import { pathWithout, withoutBubblewrap } from '../rig/tools.ts';

const absent = withoutBubblewrap();
let project: Project;

beforeEach(() => {
  project = new Project();
  project.write({ 'data/words.txt': 'b\na\n', 'data/extra.txt': 'x\n', 'home/.rc': 'y\n' });
});

afterEach(() => project.close());

const env = (more: Readonly<Record<string, string>> = {}) => ({
  HOME: project.at('home'),
  T: project.root,
  ...more,
});

const run = (...more: readonly string[]) =>
  project.flow(['run', 'pipelines/p.yaml', '--sandbox', '-k', ...more], env());

describe.skipIf(absent !== undefined)('in the sandbox a stage', () => {
  it('finds what it declared, and nothing else of the project or the home', async () => {
    project.pipeline(`
stages:
  s:
    sh: '(cat \${inputs.w} code/programs/fail.sh; ls "$T" "$T/data" || true; ls ~ || true; cat "$T/data/extra.txt" ~/.rc || true) > \${outputs.o} 2>&1'
    inputs: { w: ./data/words.txt }
    code: [programs/fail.sh]
    env: [T]
    outputs: { o: o.txt }
exports: { o.txt: s.o }
`);
    expect(await run()).toMatchObject({ code: 0 });
    const seen = project.read('o.txt');
    expect(seen).toContain('b\na\n');
    expect(seen).toContain('fail.sh CODE');
    expect(seen).not.toContain('extra.txt\n');
    expect(seen).toMatch(/extra\.txt: No such file or directory/);
    expect(seen).toMatch(/\.rc: No such file or directory/);
    expect(seen).toMatch(/data:\nwords\.txt\n/);
  });

  it('can write to its scratch folder, its checkpoint and empty homes alone', async () => {
    project.pipeline(`
stages:
  s:
    sh: |
      for file in "$T/new" "$T/data/new" /usr/new /etc/new /new \${inputs.w}; do
        if (echo 1 > "$file") 2>> refused; then echo "wrote $file"; fi
      done > \${outputs.o}
      mkdir -p ~/.cache /tmp/x; echo 1 > ~/.cache/tool; echo 1 > $TMPDIR/t; echo 1 > checkpoint/half
    inputs: { w: ./data/words.txt }
    env: [T]
    outputs: { o: o.txt }
exports: { o.txt: s.o }
`);
    const home = `${project.root}-home`;
    const ended = await project.flow(['run', 'pipelines/p.yaml', '--sandbox'], env({ HOME: home }));
    expect(ended).toMatchObject({ code: 0 });
    expect(project.read('o.txt')).toBe('');
    expect(project.has('data/new')).toBe(false);
    expect(project.files(home)).toEqual([]);
  });

  it('has the key that it has outside, and its hits', async () => {
    project.pipeline("stages: { s: { sh: 'echo 1 > ${outputs.o}', outputs: { o: o } } }\n");
    expect(JSON.parse((await run('--json')).stdout)).toMatchObject({ ran: 1 });
    expect(await project.runJson()).toMatchObject({ ran: 0, hit: 1 });
  });

  it('reaches no network but its own, unless flow.yaml says so; and reads what flow.yaml allows', async () => {
    const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const fetching = (salt: string): string => `
stages:
  s:
    sh: "(exec 3<> /dev/tcp/127.0.0.1/${port}) 2> /dev/null && echo open > \${outputs.o} || echo shut > \${outputs.o}; cat $T/home/.rc >> \${outputs.o} 2> /dev/null || true"
    env: [T]
    salt: ${salt}
    outputs: { o: o.txt }
exports: { o.txt: s.o }
`;
    project.pipeline(fetching('a'));
    expect(await run()).toMatchObject({ code: 0 });
    expect(project.read('o.txt')).toBe('shut\n');
    project.write({ 'flow.yaml': 'sandbox: { network: true, read: [home/.rc] }\n' });
    project.pipeline(fetching('b'));
    expect(await run()).toMatchObject({ code: 0 });
    expect(project.read('o.txt')).toBe('open\ny\n');
    server.close();
  });

  it('ends as it does outside: by its exit code, by its signal', async () => {
    project.pipeline(`
stages:
  code: { sh: 'exit 75', outputs: { o: o } }
  signal: { sh: 'kill -KILL $$', outputs: { o: o } }
  absent: { cmd: [no-such-program], outputs: { o: o } }
`);
    const ended = await run();
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('exited with code 75');
    expect(ended.stderr).toContain('or was stopped by SIGKILL');
    expect(ended.stderr).toContain('no-such-program');
  });

  it('is asked to end, and may do something about it', async () => {
    project.pipeline(`
stages:
  s: { sh: 'trap "echo saved > checkpoint/state; exit 0" TERM; touch checkpoint/ready; while :; do sleep 0.05; done', outputs: { o: o } }
`);
    const running = project.start(['run', 'pipelines/p.yaml', '--sandbox'], env());
    while (!project.files('cache/checkpoints').some((name) => name.endsWith('/ready'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    const saved = project.files('cache/checkpoints').find((name) => name.endsWith('/state'));
    expect(saved).toBeDefined();
  });
});

/** Starts a process that no search but one by namespaces finds, says its own namespace, goes on. */
const hidden = (then: string): string => `
stages:
  s:
    sh: |
      scratch=$PWD
      (cd / && exec setsid env -i "$(command -v bash)" -c 'exec > /dev/null 2>&1; trap "" TERM HUP INT; echo > "$0"; while :; do sleep 0.05; done' "$scratch/checkpoint/hidden") &
      until [ -e checkpoint/hidden ]; do sleep 0.02; done
      echo $(readlink /proc/self/ns/pid) > checkpoint/space.part; mv checkpoint/space.part checkpoint/space
      ${then}
    outputs: { o: o }
`;
const space = async (): Promise<string> => {
  for (;;) {
    const file = project.files('cache/checkpoints').find((name) => name.endsWith('/space'));
    if (file !== undefined) return project.read(path.join('cache/checkpoints', file)).trim();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
/** Processes of a PID namespace. */
const inSpace = (wanted: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && linkOf(`/proc/${name}/ns/pid`) === wanted)
    .map(Number);

describe.skipIf(absent !== undefined)('of a stage in the sandbox nothing is left', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGKILL', null],
  ] as const)(
    'when the driver gets %s, though it hides from every other search',
    async (signal, code) => {
      project.pipeline(hidden('sleep 600'));
      const running = project.start(['run', 'pipelines/p.yaml', '--sandbox'], env());
      const pids = inSpace(await space());
      expect(pids.length).toBeGreaterThanOrEqual(3);
      running.child.kill(signal);
      expect((await running.ended).code).toBe(code);
      expect(await allEnd(pids, 20_000)).toBe(true);
    },
  );

  it('when the driver and its host are killed at one time', async () => {
    project.pipeline(hidden('sleep 600'));
    const running = project.start(['run', 'pipelines/p.yaml', '--sandbox'], env());
    const pids = inSpace(await space());
    const driver = running.child.pid as number;
    process.kill(await hostOf(driver), 'SIGKILL');
    process.kill(driver, 'SIGKILL');
    await running.ended;
    expect(await allEnd(pids, 20_000)).toBe(true);
  });

  it('when it ends well', async () => {
    project.pipeline(
      hidden('cp checkpoint/space "$OUT"').replace('"$OUT"', '${outputs.o}') +
        'exports: { space: s.o }\n',
    );
    expect(await run()).toMatchObject({ code: 0 });
    expect(inSpace(project.read('space').trim()).filter(lives)).toEqual([]);
  });
});

describe('without bubblewrap', () => {
  it('--sandbox refuses before anything runs, and says how to get it: exit 3', async () => {
    const PATH = pathWithout('bwrap');
    project.pipeline("stages: { s: { sh: 'echo 1 > ${outputs.o}', outputs: { o: o } } }\n");
    const ended = await project.flow(['run', 'pipelines/p.yaml', '--sandbox'], env({ PATH }));
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('bubblewrap (bwrap) is not on PATH');
    expect(ended.stderr).toContain('apt-get install bubblewrap');
    expect(project.files('cache/runs')).toEqual([]);
    // One that may not make namespaces.
    const refusing = path.join(PATH, 'bwrap');
    writeFileSync(
      refusing,
      '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n',
    );
    chmodSync(refusing, 0o755);
    const refused = await project.flow(['run', 'pipelines/p.yaml', '--sandbox'], env({ PATH }));
    rmSync(PATH, { recursive: true });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('No permissions to create new namespace');
    expect(refused.stderr).toContain('user namespaces');
  });
});

function linkOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
