import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { flowBin, Project } from '../rig/project.ts';

// A power cut keeps what was flushed and may keep or lose anything else, in any order. So the order of the
// calls is what integrity rests on: it is read from the system calls of a real run.

interface Call {
  readonly name: string;
  /** Relative to the cache. */
  readonly paths: readonly string[];
}

const hasStrace = spawnSync('strace', ['-V']).status === 0;

/** Calls that succeeded, in the order in which they ended. */
function callsOf(trace: string, cache: string): readonly Call[] {
  const begun = new Map<string, string>();
  return trace.split('\n').flatMap((line): Call[] => {
    const [, pid = '', text = ''] = /^(\d+) +(.*)$/u.exec(line) ?? [];
    if (text.endsWith('<unfinished ...>')) {
      begun.set(pid, text);
      return [];
    }
    const whole = text.startsWith('<...') ? `${begun.get(pid) ?? ''}${text}` : text;
    if (!whole.endsWith('= 0')) return [];
    const paths = [...whole.matchAll(/["<](\/[^">]*)[">]/gu)].map(([, each = '']) => each);
    const name = whole.slice(0, whole.indexOf('('));
    return [{ name, paths: paths.map((each) => path.relative(cache, each)) }];
  });
}

/** Runs its pipeline, and closes it. `kinds`: of system calls. */
function tracedRun(project: Project, kinds: string): readonly Call[] {
  const command = [process.execPath, flowBin, 'run', 'pipelines/p.yaml'];
  const strace = ['-f', '-y', '-e', `trace=${kinds}`, '-o', 'trace', ...command];
  expect(spawnSync('strace', strace, { cwd: project.root }).status).toBe(0);
  const calls = callsOf(readFileSync(project.at('trace'), 'utf8'), project.at('cache'));
  project.close();
  return calls;
}

it.skipIf(!hasStrace)(
  'bytes are on disk before their name, and names before the record',
  async () => {
    const project = new Project();
    project.write({ 'a.txt': 'a\n' });
    project.pipeline(`stages:
  s: { sh: 'cat \${inputs.a} - <<< b > \${outputs.o}; mkdir \${outputs.d}; echo c > \${outputs.d}/f', inputs: { a: ./a.txt }, outputs: { o: o.txt, d: d/ } }
`);
    const calls = tracedRun(project, 'fsync,fdatasync,rename,renameat,renameat2,link,linkat');

    const at = (name: RegExp, where: string): number =>
      calls.findIndex((call) => name.test(call.name) && call.paths.at(-1) === where);
    const record = calls.findIndex(
      ({ name, paths }) => name.startsWith('link') && paths[1]?.startsWith('actions/'),
    );
    const [temp = '', named = ''] = calls[record]?.paths ?? [];
    expect(record).toBeGreaterThan(0);
    expect(at(/sync/u, temp)).toBeGreaterThanOrEqual(0);
    expect(at(/sync/u, temp)).toBeLessThan(record);
    expect(at(/sync/u, path.dirname(named))).toBeGreaterThan(record);

    const blobs = calls.filter(
      ({ name, paths }) => name.startsWith('rename') && paths[1]?.startsWith('cas/'),
    );
    // The source's copy, two outputs' files, a listing.
    expect(blobs.length).toBeGreaterThanOrEqual(4);
    for (const {
      paths: [from = '', to = ''],
    } of blobs) {
      const placed = at(/^rename/u, to);
      const flushed = at(/sync/u, from);
      expect([from, flushed >= 0 && flushed < placed]).toEqual([from, true]);
      const folder = calls.findIndex(
        ({ name, paths }, index) =>
          index > placed && /sync/u.test(name) && paths[0] === path.dirname(to),
      );
      if (placed < record) expect([to, folder > placed && folder < record]).toEqual([to, true]);
    }
  },
);

it.skipIf(!hasStrace)(
  'of a large tree, too: each file is flushed between its reading and its name, all names before the record',
  async () => {
    const project = new Project();
    project.pipeline(`stages:
  s: { sh: 'mkdir \${outputs.d}; for n in {1..400}; do echo $n > \${outputs.d}/$n; done; head -c 2000000 /dev/zero > \${outputs.d}/large', outputs: { d: d/ } }
`);
    const calls = tracedRun(project, 'fsync,syncfs,fchmod,rename,link');

    const record = calls.findIndex(
      ({ name, paths }) => name === 'link' && paths[1]?.startsWith('actions/'),
    );
    const flushed = (from: number, to: number, place: string): boolean =>
      calls
        .slice(from + 1, to)
        .some(({ name, paths }) => name === 'syncfs' || (name === 'fsync' && paths[0] === place));
    let named = 0;
    for (const [placed, { name, paths }] of calls.slice(0, record).entries()) {
      const [from = '', to = ''] = paths;
      if (name !== 'rename' || !to.startsWith('cas/')) continue;
      named += 1;
      const read = calls.findIndex((call) => call.name === 'fchmod' && call.paths[0] === from);
      expect([from, read >= 0 && flushed(read, placed, from)]).toEqual([from, true]);
      expect([to, flushed(placed, record, path.dirname(to))]).toEqual([to, true]);
    }
    expect(named).toBeGreaterThanOrEqual(401);
    // Where the file system can be flushed as a whole, that is done for many of them at once.
    const [whole, single] = ['syncfs', 'fsync'].map((of) =>
      calls.filter(({ name }) => name === of),
    );
    if (whole?.length !== 0) expect(single?.length).toBeLessThan(200);
  },
);
