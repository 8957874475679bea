import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allEnd } from '../../../rig/project.ts';
import { hasProgram, pathWithout, withoutBubblewrap, withoutStrace } from '../../../rig/tools.ts';
import { AuditedProject, none } from './audited-project.ts';

let project: AuditedProject;

beforeEach(() => {
  project = new AuditedProject();
});

afterEach(() => project.close());

describe.skipIf(withoutStrace() !== undefined)('an audit by strace', () => {
  it('finds nothing where all is declared, and keeps nothing', async () => {
    expect(await project.audit('clean')).toEqual({
      code: 0,
      id: 'clean',
      ok: true,
      by: 'strace',
      ...none,
    });
    const cached = project
      .files('cache')
      .filter((name) => /^(actions|checkpoints|runs)\/./.test(name));
    expect(cached).toEqual([]);
    expect(readdirSync(project.at('cache/tmp'))).toEqual([]);
    // A run begins anew, from no checkpoint.
    expect(await project.runJson('clean')).toMatchObject({ ok: true, ran: 1 });
  });

  it('lists what a stage reads beside that, and whose it is', async () => {
    expect(await project.audit('reads')).toEqual({
      ...none,
      code: 1,
      id: 'reads',
      ok: false,
      by: 'strace',
      reads: [
        { path: 'data/', owner: 'project' },
        { path: 'data/extra.txt', owner: 'project' },
        { path: 'home/.rc', owner: 'project' },
      ],
    });
  });

  it('masks the secrets of a stage in what it lists', async () => {
    project.pipeline(`
stages:
  s: { sh: 'cat "$T/data/$TOKEN"; echo 1 > "$T/data/new-$TOKEN"; echo 1 > \${outputs.o}', env: [T], secrets: [TOKEN], outputs: { o: o.txt } }
`);
    project.write({ 'data/tok-9317': 'x\n' });
    const words = ['audit', 's', '-f', 'pipelines/p.yaml'];
    const { stdout, stderr } = await project.flow(words, project.env({ TOKEN: 'tok-9317' }));
    expect(stdout).toContain('data/***');
    expect(stdout).toContain('data/new-***');
    expect(stdout + stderr).not.toContain('tok-9317');
  });

  it('lists what it makes, changes and removes outside of its scratch folder', async () => {
    expect(await project.audit('writes')).toMatchObject({
      code: 1,
      reads: [],
      writes: [{ path: 'data/extra.txt' }, { path: 'data/new' }, { path: 'home/made' }],
    });
  });

  it.skipIf(!hasProgram('perl', '-v'))('sees every call that changes a file', async () => {
    const at = ['truncate', 'chmod', 'chown', 'utime', 'unlink', 'from'];
    project.write(Object.fromEntries(at.map((name) => [`data/${name}`, 'x'])));
    project.write({
      'change.pl': `use POSIX; chdir $ARGV[0] or die;
truncate("truncate", 0) or die; chmod(0600, "chmod"); chown($<, $(, "chown"); utime(1, 1, "utime");
unlink("unlink"); rename("from", "to"); link("words.txt", "link"); symlink("words.txt", "symlink");
POSIX::mkfifo("fifo", 0600); mkdir("made"); mkdir("gone"); rmdir("gone"); open(F, ">", "open");
`,
    });
    project.pipeline(`
stages:
  s: { sh: 'perl change.pl "$T/data"; echo 1 > \${outputs.o}', code: [change.pl], env: [T], outputs: { o: o.txt } }
`);
    project.write({ 'pipelines/p.yaml': project.read('pipelines/p.yaml').replace('perl ', 'perl code/') }); // prettier-ignore
    const { writes } = (await project.audit('s')) as unknown as {
      writes: readonly { path: string }[];
    };
    const changed = [...at, 'to', 'link', 'symlink', 'fifo', 'made', 'gone', 'open'];
    expect(writes.map(({ path: file }) => file)).toEqual(
      changed.map((name) => `data/${name}`).sort(),
    );
  });

  it('tells whom a stage asks on other machines, with its secrets masked, and that it is in no key', async () => {
    project.pipeline(`
stages:
  s: { sh: 'for a in 192.0.2.7 $PLACE; do exec 3<> /dev/udp/$a/9 || true; done; echo 1 > \${outputs.o}', secrets: [PLACE], outputs: { o: o.txt } }
`);
    const where = ['audit', 's', '-f', 'pipelines/p.yaml'];
    const ended = await project.flow(where, project.env({ PLACE: '198.51.100.3' }));
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('connected to: 192.0.2.7:9, ***:9\n');
    expect(ended.stdout).toContain('no key covers data from a network');
    expect(ended.stdout).not.toContain('198.51');
  });

  it('shows so many paths of a kind, and says how many there are beside', async () => {
    project.write(Object.fromEntries(Array.from({ length: 43 }, (_, i) => [`data/many/${i}`, ''])));
    project.pipeline(`
stages:
  s: { sh: 'cat "$T"/data/many/* > \${outputs.o}', env: [T], outputs: { o: o.txt } }
`);
    const ended = await project.flow(['audit', 's', '-f', 'pipelines/p.yaml'], project.env());
    // 43 files and the names in their folder.
    expect(ended.stdout).toContain('\n… and 4 more: --json\n');
    expect(ended.stdout.match(/^data\/many\/\d+ /gm)).toHaveLength(39);
  });

  it('leaves out what flow.yaml lets every stage read', async () => {
    project.write({ 'flow.yaml': 'sandbox: { read: [data] }\n' });
    expect(await project.audit('reads')).toMatchObject({ code: 1, reads: [{ path: 'home/.rc' }] });
  });

  it('ends at the timeout of the stage', async () => {
    project.pipeline(`
stages:
  s: { sh: 'sleep 600', timeout: 1s, outputs: { o: o.txt } }
`);
    expect(await project.audit('s')).toMatchObject({ code: 1, failure: { reason: 'timeout' } });
  });

  it('says in words what to write instead', async () => {
    const ended = await project.flow(['audit', 'reads', '-f', 'pipelines/p.yaml'], project.env());
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(
      /data\/extra\.txt +project +declare it: as an input \.\/data\/extra\.txt/,
    );
  });

  it('of a stage that fails tells both, the failure and what it read', async () => {
    expect(await project.audit('fails')).toMatchObject({
      code: 1,
      ok: false,
      reads: [{ path: 'data/extra.txt' }],
      failure: { reason: 'exit', exitCode: 3, tail: ['x', 'no luck'] },
    });
    // The log is gone with the folder that the stage worked in.
    expect(await project.audit('fails')).not.toHaveProperty('failure.log');
    const { stdout } = await project.flow(
      ['audit', 'fails', '-f', 'pipelines/p.yaml'],
      project.env(),
    );
    expect(stdout).toMatch(/\nthe stage failed: .*\n +│ x\n +│ no luck\n/);
  });

  it('does not wait for what the stage leaves behind, and ends it', async () => {
    expect(await project.audit('daemon')).toMatchObject({ writes: [{ path: 'pid' }], reads: [] });
    expect(await allEnd([Number(project.read('pid'))], 20_000)).toBe(true);
  });

  it('of what cannot run yet says what to run first', async () => {
    const ended = await project.flow(['audit', 'reader', '-f', 'pipelines/p.yaml'], project.env());
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('the inputs of reader are not all in the cache; missing: clean');
    expect(ended.stderr).toContain('run pipelines/p.yaml reader');
    await project.flow(['run', 'pipelines/p.yaml', 'clean'], project.env());
    expect(await project.audit('reader')).toMatchObject({ code: 0, ok: true });
  });

  it.skipIf(!hasProgram('python3', '--version'))(
    'of a Python stage knows its interpreter and modules',
    async () => {
      project.write({
        'stages/s.py':
          'import json\nfrom helpers.words import read\njson.dump(read(), open("out/o.txt", "w"))\n',
        'helpers/__init__.py': '',
        'helpers/words.py': 'def read():\n    return open("in/w/words.txt").read()\n',
      });
      project.pipeline(
        'stages: { s: { py: stages/s.py, inputs: { w: ./data/words.txt }, outputs: { o: o.txt } } }\n',
      );
      const ended = await project.flow(['audit', 's', '-f', 'pipelines/p.yaml', '--json'], {
        T: project.root,
      });
      expect(JSON.parse(ended.stdout)).toEqual({ id: 's', ok: true, by: 'strace', ...none });
      if (withoutBubblewrap() !== undefined) return;
      const run = await project.flow(['run', 'pipelines/p.yaml', '--json', '--sandbox'], {
        T: project.root,
      });
      expect(JSON.parse(run.stdout)).toMatchObject({ ok: true, ran: 1 });
    },
  );

  it('that is interrupted ends the stage', async () => {
    project.pipeline("stages: { s: { sh: 'echo $$ > \"$T/pid.part\"; mv \"$T/pid.part\" \"$T/pid\"; exec sleep 600', env: [T], outputs: { o: o } } }\n"); // prettier-ignore
    const run = project.start(['audit', 's', '-f', 'pipelines/p.yaml'], project.env());
    const pid = Number(await project.until('pid'));
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(await allEnd([pid], 20_000)).toBe(true);
  });
});

describe('an audit where tools are missing', () => {
  it('says which, and how to get them: exit 3', async () => {
    const PATH = pathWithout('strace', 'bwrap');
    const ended = await project.flow(
      ['audit', 'clean', '-f', 'pipelines/p.yaml'],
      project.env({ PATH }),
    );
    rmSync(PATH, { recursive: true });
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('strace is not on PATH');
    expect(ended.stderr).toContain('bubblewrap (bwrap) is not on PATH');
    expect(ended.stderr).toContain('apt-get install strace bubblewrap');
  });

  it('takes no other than the one that was asked for', async () => {
    const PATH = pathWithout('strace');
    const words = ['audit', 'clean', '-f', 'pipelines/p.yaml', '--by', 'strace'];
    const ended = await project.flow(words, project.env({ PATH }));
    rmSync(PATH, { recursive: true });
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain(
      'cannot audit a stage on this machine: strace is not on PATH [no-auditor]\n',
    );
  });

  it('gives the words of a strace that may not trace', async () => {
    const PATH = pathWithout('strace', 'bwrap');
    const refusing = path.join(PATH, 'strace');
    writeFileSync(
      refusing,
      '#!/bin/sh\necho "strace: ptrace(PTRACE_TRACEME): Operation not permitted" >&2\nexit 1\n',
    );
    chmodSync(refusing, 0o755);
    const ended = await project.flow(
      ['audit', 'clean', '-f', 'pipelines/p.yaml'],
      project.env({ PATH }),
    );
    rmSync(PATH, { recursive: true });
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('Operation not permitted');
  });
});
