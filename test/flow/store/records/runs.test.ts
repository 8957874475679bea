import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import type { InstanceId } from '../../../../src/flow/core/ids.ts';
import type { RunRecord } from '../../../../src/flow/core/run-record.ts';
import { digestBytes } from '../../../../src/flow/key/digest.ts';
import { RunStore } from '../../../../src/flow/store/records/runs.ts';
import { temporaryFolder } from '../temporary.ts';

let root: string;
let runs: RunStore;

beforeEach(() => {
  root = temporaryFolder();
  runs = new RunStore(root);
});

const recordOf = (id: string, state: RunRecord['state'] = 'running'): RunRecord => ({
  version: 1,
  run_id: id,
  pipeline: 'p',
  file: 'pipelines/p.yaml',
  params: {},
  argv: [],
  state,
  startedAt: '2026-11-24T00:00:00.000Z',
  host: hostname(),
  pid: process.pid,
  dag: digestBytes(''),
});

const instance = (id: string): InstanceId => id as InstanceId;

test('a run is read back as it was created, then as it finished, with its events', async () => {
  const record = recordOf('20261124-000000-000001');
  const run = await runs.create(record);
  expect(await runs.read(run.id)).toEqual(record);
  run.appendEvent({ at: 1, type: 'interrupted', signal: 'SIGINT' });
  run.appendEvent({ at: 2, type: 'run-finished', ok: false, wallMs: 1 });
  await run.finish({ ...record, state: 'interrupted' });
  expect(await runs.read(run.id)).toEqual({ ...record, state: 'interrupted' });
  expect((await runs.events(run.id)).map((event) => event.type)).toEqual([
    'interrupted',
    'run-finished',
  ]);
});

test('an id is used once', async () => {
  await runs.create(recordOf('20261124-000000-000001'));
  await expect(runs.create(recordOf('20261124-000000-000001'))).rejects.toThrow('EEXIST');
});

test('runs are listed newest first; the latest is the newest that can be read', async () => {
  expect(await runs.latest()).toBeUndefined();
  for (const id of ['20261124-000000-000001', '20261125-000000-000000', '20261124-235959-ffffff']) {
    await runs.create(recordOf(id));
  }
  mkdirSync(join(root, 'runs/not-a-run'));
  expect(await runs.list()).toEqual([
    '20261125-000000-000000',
    '20261124-235959-ffffff',
    '20261124-000000-000001',
  ]);
  writeFileSync(join(root, 'runs/20261125-000000-000000/run.json'), '');
  expect((await runs.latest())?.run_id).toBe('20261124-235959-ffffff');
});

test('a record cut off at any byte is absent', async () => {
  const run = await runs.create(recordOf('20261124-000000-000001'));
  const path = join(run.dir, 'run.json');
  const whole = readFileSync(path);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    expect(await runs.read(run.id)).toBeUndefined();
  }
});

test('a last event cut off by a crash is left out', async () => {
  const run = await runs.create(recordOf('20261124-000000-000001'));
  run.appendEvent({ at: 1, type: 'interrupted', signal: 'SIGINT' });
  await turn();
  appendFileSync(join(run.dir, 'events.ndjson'), '{"at":2,"type":"run-fi');
  expect(await runs.events(run.id)).toHaveLength(1);
});

test('events of one turn are written together, and at its end', async () => {
  const run = await runs.create(recordOf('20261124-000000-000001'));
  const event = { at: 1, type: 'interrupted', signal: 'SIGINT' } as const;
  run.appendEvent(event);
  run.appendEvent(event);
  expect(await runs.events(run.id)).toEqual([]);
  await turn();
  expect(await runs.events(run.id)).toEqual([event, event]);
  for (let many = 0; many < 2000; many += 1) run.appendEvent(event);
  expect((await runs.events(run.id)).length).toBeGreaterThan(1000);
});

test('what is no run id is not looked up as a path', async () => {
  expect(await runs.read('../../etc')).toBeUndefined();
});

test('every instance and attempt has its own log, however long the id', async () => {
  const run = await runs.create(recordOf('20261124-000000-000001'));
  const long = 'x'.repeat(400);
  const paths = [
    run.logPath(instance('train@seed=0'), 1),
    run.logPath(instance('train@seed=0'), 2),
    run.logPath(instance(`${long}a`), 1),
    run.logPath(instance(`${long}b`), 1),
  ];
  expect(basename(paths[0] ?? '')).toBe('train@seed=0.1.log');
  for (const path of paths) writeFileSync(path, '');
  expect([...(await runs.logs(run.id))].sort()).toEqual([...new Set(paths)].sort());
});

test('a run is live while its process is, on this host', () => {
  const record = recordOf('20261124-000000-000001');
  expect(runs.isLive(record)).toBe(true);
  expect(runs.isLive({ ...record, state: 'ok' })).toBe(false);
  expect(runs.isLive({ ...record, host: 'elsewhere' })).toBe(false);
  expect(runs.isLive({ ...record, pid: 2 ** 22 + 1 })).toBe(false);
});
