import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Project } from '../../../rig/project.ts';

let project: Project;

beforeEach(async () => {
  project = new Project();
  project.write({ 'w.txt': 'words' });
  project.pipeline(`stages:
  a: { sh: 'cat \${inputs.w} > \${outputs.o}; mkdir -p \${outputs.d}/e; echo 1 > \${outputs.d}/e/f', inputs: { w: ./w.txt }, outputs: { o: o.txt, d: d/ } }
  b: { sh: 'cat \${inputs.d}/e/f \${inputs.i} > \${outputs.o}', inputs: { i: a.o, d: a.d }, outputs: { o: o.txt } }
`);
  expect(await project.runJson()).toMatchObject({ ok: true });
});

afterEach(() => project.close());

const blobOf = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex');
  return project.at('cache/cas', hex.slice(0, 2), hex);
};

/** Where the results of the instances lie. */
function records(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(project.at('cache/actions'), {
    recursive: true,
    encoding: 'utf8',
  })) {
    if (!name.endsWith('.json')) continue;
    const file = project.at('cache/actions', name);
    const record = JSON.parse(readFileSync(file, 'utf8')) as { provenance: { instance: string } };
    found[record.provenance.instance] = file;
  }
  return found;
}

/** As a disk does it: nothing but the bytes changes. */
function flip(file: string): void {
  const { atime, mtime, mode } = statSync(file);
  const bytes = readFileSync(file);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
  chmodSync(file, mode);
  utimesSync(file, atime, mtime);
}

interface VerifyJson {
  readonly code: number | null;
  readonly ok: boolean;
  readonly blobs: number;
  readonly results: number;
  readonly found: readonly { what: string; path: string; message: string; instance?: string }[];
}

async function verify(...args: readonly string[]): Promise<VerifyJson> {
  const ended = await project.flow(['verify', '--json', ...args]);
  return { code: ended.code, ...(JSON.parse(ended.stdout) as Omit<VerifyJson, 'code'>) };
}

async function dropped(...args: readonly string[]): Promise<unknown> {
  const { stdout } = await project.flow(['verify', '--json', ...args]);
  return (JSON.parse(stdout) as { readonly dropped: unknown }).dropped;
}

/** What was found, once; then the cache is whole, and the next run makes what is gone. */
async function healed(): Promise<VerifyJson> {
  const first = await verify();
  expect(first).toMatchObject({ code: 1, ok: false });
  expect(await verify()).toMatchObject({ code: 0, ok: true, found: [] });
  const run = await project.runJson();
  expect(run).toMatchObject({ ok: true, failed: 0 });
  expect((await project.flow(['cat', 'b'])).stdout).toBe('1\nwords');
  expect(await verify()).toMatchObject({ code: 0, results: 2 });
  return first;
}

const kindsIn = (verified: VerifyJson): readonly string[] => verified.found.map(({ what }) => what);

describe('flow verify', () => {
  it('reads all of a whole cache and finds nothing', async () => {
    const { blobs, ...rest } = await verify();
    expect(rest).toMatchObject({ code: 0, ok: true, results: 2, found: [] });
    expect(blobs).toBeGreaterThan(3);
    expect(await project.flow(['verify'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^read \d+ blobs \(.*\) and 2 results: all unchanged\n$/),
    });
  });

  it('says so where there is no cache', async () => {
    rmSync(project.at('cache'), { recursive: true });
    expect(await verify()).toMatchObject({ code: 0, results: 0, blobs: 0 });
    expect(existsSync(project.at('cache'))).toBe(false);
  });

  it('finds a flipped byte that shows neither in size nor in mtime', async () => {
    flip(blobOf('words'));
    const found = await healed();
    expect(kindsIn(found)).toEqual(['blob', 'result']);
    expect(found.found[0]).toMatchObject({ instance: 'a' });
  });

  it('finds a flipped byte in a file of a folder', async () => {
    flip(blobOf('1\n'));
    expect(kindsIn(await healed())).toEqual(['blob', 'result']);
  });

  it('finds a truncated blob', async () => {
    const blob = blobOf('1\nwords');
    truncateSync(blob, 3);
    expect((await healed()).found.map(({ what, instance }) => [what, instance])).toEqual([
      ['blob', 'b'],
      ['result', 'b'],
    ]);
  });

  it('finds a missing blob', async () => {
    rmSync(blobOf('words'));
    expect(kindsIn(await healed())).toEqual(['result']);
  });

  it('finds a changed, a truncated and an empty action result', async () => {
    for (const damage of [
      flip,
      (file: string) => truncateSync(file, 99),
      (file: string) => truncateSync(file, 0),
    ]) {
      damage(records()['b'] ?? '');
      expect(kindsIn(await healed())).toEqual(['action']);
    }
  });

  it('a deleted action result is made again', async () => {
    rmSync(records()['b'] ?? '');
    expect(await verify()).toMatchObject({ code: 0, results: 1 });
    expect(await project.runJson()).toMatchObject({ ran: 1, hit: 1 });
  });

  it('finds damaged memos and the damaged record of a run, and keeps the logs', async () => {
    const memos = readdirSync(project.at('cache/memo')).map((name) =>
      project.at('cache/memo', name),
    );
    for (const memo of memos) flip(memo);
    const [run = ''] = readdirSync(project.at('cache/runs'));
    truncateSync(project.at('cache/runs', run, 'run.json'), 20);
    expect(kindsIn(await healed())).toEqual([...memos.map(() => 'memo'), 'run']);
    expect(project.has(`cache/runs/${run}/events.ndjson`)).toBe(true);
  });

  it('finds a cache of an older layout and takes it over', async () => {
    writeFileSync(project.at('cache/VERSION'), '1\n');
    expect(await project.flow(['ls'])).toMatchObject({ code: 3 });
    expect(kindsIn(await healed())).toEqual(['layout']);
  });

  it('with --dry-run drops nothing', async () => {
    flip(blobOf('words'));
    for (let time = 0; time < 2; time++) {
      expect(kindsIn(await verify('--dry-run'))).toEqual(['blob', 'result']);
    }
    expect(await project.flow(['verify', '--dry-run'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(
        'use flow verify without --dry-run to remove what is damaged',
      ),
    });
  });

  it('keeps good bytes under a wrong mtime or with a write bit, and sets both right', async () => {
    const blob = blobOf('words');
    chmodSync(blob, 0o644);
    utimesSync(blob, new Date(), new Date());
    expect(await verify()).toMatchObject({ code: 0 });
    expect(statSync(blob)).toMatchObject({ mtimeMs: 946_684_800_000 });
    expect(statSync(blob).mode & 0o777).toBe(0o444);
  });

  it('names files that are not of the cache and leaves them alone', async () => {
    project.write({ 'cache/cas/ab/note.txt': 'mine' });
    expect(await project.flow(['verify'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1 file of other programs, not touched'),
    });
    expect(project.read('cache/cas/ab/note.txt')).toBe('mine');
  });

  it('counts foreign files apart, and says what comes next only where something was damaged', async () => {
    project.write({ 'cache/cas/ab/note.txt': 'mine' });
    const foreign = await project.flow(['verify']);
    expect(foreign.stdout).toMatch(/ and 2 results: 1 file of other programs, not touched\n$/);
    flip(records()['b'] ?? '');
    const both = await project.flow(['verify']);
    expect(both.stdout).toMatch(
      /: 1 damaged, dropped; 1 file of other programs, not touched\nthe next flow run /,
    );
  });

  it('says in JSON whether something was dropped', async () => {
    flip(records()['b'] ?? '');
    expect(await dropped('--dry-run')).toBe(false);
    expect(await dropped()).toBe(true);
    expect(await dropped()).toBe(false);
  });

  it('with --dry-run leaves a cache of an older layout as it is', async () => {
    writeFileSync(project.at('cache/VERSION'), '1\n');
    const ended = await project.flow(['verify', '--dry-run']);
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining('has layout "1"') });
    expect(project.read('cache/VERSION')).toBe('1\n');
    expect(Object.keys(records()).sort()).toEqual(['a', 'b']);
  });
});

describe('at use', () => {
  it('an older cache is taken over, said once, and computed again', async () => {
    writeFileSync(project.at('cache/VERSION'), '1\n');
    const run = await project.flow(['run', 'pipelines/p.yaml']);
    expect(run.code).toBe(0);
    expect(run.stderr.match(/an older flow wrote this cache \(layout 1\)/g)).toHaveLength(1);
    expect(await project.runJson()).toMatchObject({ hit: 2, ran: 0 });
  });

  it('a damaged result is said once and computed again', async () => {
    flip(records()['b'] ?? '');
    const run = await project.flow(['run', 'pipelines/p.yaml']);
    expect(run.stderr.match(/is damaged; flow removed it/g)).toHaveLength(1);
    expect((await project.flow(['cat', 'b'])).stdout).toBe('1\nwords');
  });
});
