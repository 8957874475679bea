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
    if (!/ = \d/u.test(whole)) return [];
    const paths = [...whole.matchAll(/["<](\/[^">]*)[">]/gu)].map(([, each = '']) => each);
    const name = whole.slice(0, whole.indexOf('('));
    return [{ name, paths: paths.map((each) => path.relative(cache, each)) }];
  });
}

/** Runs its pipeline, and closes it. */
function tracedRun(project: Project): readonly Call[] {
  const kinds =
    'fsync,fdatasync,syncfs,utimensat,rename,renameat,renameat2,link,linkat,fchmod,open,openat';
  const command = [process.execPath, flowBin, 'run', 'pipelines/p.yaml'];
  const strace = ['-f', '-y', '-e', `trace=${kinds}`, '-o', 'trace', ...command];
  expect(spawnSync('strace', strace, { cwd: project.root }).status).toBe(0);
  const calls = callsOf(readFileSync(project.at('trace'), 'utf8'), project.at('cache'));
  project.close();
  return calls;
}

/** A run, looked at call by call. */
class Run {
  readonly calls: readonly Call[];
  /** Where the result gets its record, and the name under which it was written before. */
  readonly record: number;
  readonly draft: string;

  constructor(calls: readonly Call[]) {
    this.calls = calls;
    this.record = calls.findIndex(
      ({ name, paths }) => name.startsWith('link') && paths[1]?.startsWith('actions/'),
    );
    expect(this.record).toBeGreaterThan(0);
    this.draft = calls[this.record]?.paths[0] ?? '';
  }

  /** Was this file or folder brought to the disk between two calls? */
  isFlushed(place: string, from: number, to: number): boolean {
    return this.calls
      .slice(from + 1, to)
      .some(
        ({ name, paths }) => name === 'syncfs' || (name.endsWith('sync') && paths[0] === place),
      );
  }

  /** Calls before the record that gave a blob its name. */
  blobs(): readonly { readonly at: number; readonly from: string; readonly to: string }[] {
    return this.calls.slice(0, this.record).flatMap(({ name, paths }, at) => {
      const [from = '', to = ''] = paths;
      return name.startsWith('rename') && to.startsWith('cas/') ? [{ at, from, to }] : [];
    });
  }

  /** The last time before `end` that a file's times were set. */
  lastTimed(place: string, end: number): number {
    return this.calls.findLastIndex(
      ({ name, paths }, at) => at < end && name === 'utimensat' && paths[0] === place,
    );
  }
}

it.skipIf(!hasStrace)('bytes are on disk before times say so, and names before the record', () => {
  const project = new Project();
  project.write({ 'a.txt': 'a\n' });
  project.pipeline(`stages:
  s: { sh: 'cat \${inputs.a} - <<< b > \${outputs.o}; mkdir \${outputs.d}; echo c > \${outputs.d}/f; head -c 2000000 /dev/zero > \${outputs.d}/large', inputs: { a: ./a.txt }, outputs: { o: o.txt, d: d/ } }
`);
  const run = new Run(tracedRun(project));

  const written = run.calls.findIndex(
    ({ name, paths }) => name.startsWith('open') && paths.at(-1) === run.draft,
  );
  expect(written).toBeGreaterThan(0);
  expect(run.isFlushed(run.draft, written, run.record)).toBe(true);
  const named = path.dirname(run.calls[run.record]?.paths[1] ?? '');
  expect(run.isFlushed(named, run.record, run.calls.length)).toBe(true);

  // The source's copy, two small files and a large one of outputs, a listing.
  expect(run.blobs().length).toBeGreaterThanOrEqual(5);
  let [small, large] = [0, 0];
  for (const { at, from, to } of run.blobs()) {
    expect([to, run.isFlushed(path.dirname(to), at, run.record)]).toEqual([to, true]);
    const sealed = run.lastTimed(to, run.record);
    if (sealed > at) {
      // Named first: who meets it before it is flushed can tell.
      small += 1;
      expect([to, run.lastTimed(from, at) >= 0]).toEqual([to, true]);
      expect([to, run.isFlushed(to, at, sealed)]).toEqual([to, true]);
    } else {
      // Flushed first.
      large += 1;
      const timed = run.lastTimed(from, at);
      const read = run.calls.findIndex(({ name, paths }) => name === 'fchmod' && paths[0] === from);
      expect([from, read >= 0 && run.isFlushed(from, read, timed)]).toEqual([from, true]);
    }
  }
  expect([small >= 4, large]).toEqual([true, 1]);
});

it.skipIf(!hasStrace)('a large tree is flushed as a whole, in the same order', () => {
  const project = new Project();
  project.pipeline(`stages:
  s: { sh: 'mkdir \${outputs.d}; for n in {1..400}; do echo $n > \${outputs.d}/$n; done', outputs: { d: d/ } }
`);
  const run = new Run(tracedRun(project));
  const blobs = run.blobs();
  expect(blobs.length).toBeGreaterThanOrEqual(401);
  for (const { at, to } of blobs) {
    const sealed = run.lastTimed(to, run.record);
    expect([to, sealed > at && run.isFlushed(to, at, sealed)]).toEqual([to, true]);
    expect([to, run.isFlushed(path.dirname(to), at, run.record)]).toEqual([to, true]);
  }
  const [whole, single] = ['syncfs', 'fsync'].map((of) =>
    run.calls.filter(({ name }) => name === of),
  );
  // Where the file system can be flushed as a whole.
  if (whole?.length !== 0) expect(single?.length).toBeLessThan(50);
});
