import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ToyProject, toyFiles } from '../toy-project.ts';

let project: ToyProject;

beforeEach(() => {
  project = new ToyProject(toyFiles);
});

afterEach(() => {
  project.remove();
});

const runs = (): readonly string[] => readdirSync(project.path('cache/runs')).sort();
const run = (end: string) => project.flow('run', 'pipelines/toy.yaml', '-q', '-p', `end=${end}`);

/** Names and times that differ from run to run. */
const plain = (text: string): string =>
  runs()
    .reduce((result, id, index) => result.replaceAll(id, `RUN-${index + 1}`), text)
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'DATE')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'KEY')
    .replaceAll(/[\d.]+ kB/g, 'SIZE')
    .replaceAll(/ +/g, ' ');

test('a preview names what goes and what stays, and why, and removes nothing', async () => {
  for (const end of ['one', 'two']) await run(end);
  const { stdout } = await project.flow('gc', '--keep-runs', '1', '--grace', '0s', '-n');
  expect(plain(stdout)).toMatchInlineSnapshot(`
    "RUN PIPELINE STARTED STATE WHY
    RUN-2 toy DATE ok stays among the newest 1 of toy
    RUN-1 toy DATE ok goes not among the newest 1 of toy

    RESULT OUTPUT SIZE KEY LAST USED WHY
    join all 66 B KEY DATE goes only removed runs list it
    shout@n=1 loud 33 B KEY DATE goes only removed runs list it
     count 2 B
    shout@n=2 loud 33 B KEY DATE goes only removed runs list it
     count 2 B

    would remove 1 run, 3 results, 4 blobs: SIZE of SIZE
    SIZE stay: 1 run, 4 results
    "
  `);
  expect(runs()).toHaveLength(2);
  const all = await project.flow('gc', '--keep-runs', '1', '--grace', '0s', '-n', '-v');
  expect(all.stdout).toMatch(/^sort +sorted +15 B +.* stays +in run /m);
});

test('gc frees what it said, once, and everything that stays is still a hit', async () => {
  for (const end of ['one', 'two']) await run(end);
  const preview = await project.json('gc', '--keep-runs', '1', '--grace', '0s', '-n');
  expect(preview).toMatchObject({ dry_run: true, fits: true });
  const done = await project.json('gc', '--keep-runs', '1', '--grace', '0s');
  expect(done).toMatchObject({
    dry_run: false,
    size_before: preview['size_before'],
    size_after: preview['size_after'],
    removed: { runs: 1, results: 3 },
  });
  expect((await project.flow('gc', '--keep-runs', '1', '--grace', '0s')).stdout).toContain(
    'nothing to remove',
  );
  expect(await project.json('run', 'pipelines/toy.yaml', '-p', 'end=two')).toMatchObject({
    ran: 0,
    hit: 4,
  });
});

test('what is new stays unless --grace says otherwise, and gc says so', async () => {
  for (const end of ['one', 'two']) await run(end);
  const { code, stdout } = await project.flow('gc', '--keep-runs', '1');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^kept 3 results and \d blobs that nothing needs: newer than 10 min 00 s/m,
  );
});

test('a pinned run and its results stay, until it is unpinned', async () => {
  await run('one');
  const [first = ''] = runs();
  expect((await project.flow('pin', first.slice(-6))).stdout).toBe(`pinned run ${first} of toy\n`);
  await run('two');
  await project.flow('gc', '--keep-runs', '1', '--grace', '0s');
  expect(runs()).toContain(first);
  expect((await project.flow('cat', 'join', 'words.txt', '--run', first)).stdout).toContain('one');
  expect((await project.flow('pin')).stdout).toContain(`${first}  toy`);
  await project.flow('unpin', first);
  expect(await project.json('pin')).toEqual({ pinned: [] });
  await project.flow('gc', '--keep-runs', '1', '--grace', '0s');
  expect(runs()).not.toContain(first);
});

test('a size that cannot be reached is said, with exit code 1', async () => {
  await run('one');
  const { code, stdout } = await project.flow('gc', '--max-size', '1kB', '--grace', '0s');
  expect(code).toBe(1);
  expect(stdout).toContain('that is more than 1.00 kB: everything that stays is');
});

test('wrong limits are told all at once', async () => {
  const { code, stderr } = await project.flow(
    'gc',
    '--keep-runs=0',
    '--older-than=long',
    '--max-size=big',
  );
  expect(code).toBe(2);
  expect(stderr)
    .toBe(`error: --keep-runs must be a whole number of at least 1, not '0' [bad-option-value]

error: --older-than must be a time: 90s, 10m, 12h, 30d, not 'long' [bad-option-value]

error: --max-size must be a size: 500MB, 20GB, 1TiB, not 'big' [bad-option-value]
`);
});

test('a limit without a unit is refused: 30 days are not 30 seconds', async () => {
  for (const option of ['--older-than=30', '--max-size=20', '--grace=5']) {
    const { code, stderr } = await project.flow('gc', '--dry-run', option);
    expect({ option, code }).toEqual({ option, code: 2 });
    expect(stderr).toMatch(
      /^error: --[a-z-]+ must be a (time|size): .*, not '\d+' \[bad-option-value\]$/m,
    );
  }
  expect((await project.flow('gc', '--dry-run', '--grace=0')).code).not.toBe(2);
});
