import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Artifact } from '../../src/flow/core/artifact.ts';
import type { RunId } from '../../src/flow/core/ids.ts';
import { actionPath, blobPath } from '../../src/flow/store/layout.ts';
import { openStore } from '../../src/flow/store/open-store.ts';
import { RunStore } from '../../src/flow/store/records/runs.ts';
import {
  filesIn,
  keyOf,
  openTemporary,
  resultOf,
  temporaryFolder,
  value,
} from '../flow/store/temporary.ts';

// Every record of the cache is cut off at every length, has every byte changed, and has every tail lost to
// zeros as a power cut leaves it. What is read then is what was written, or nothing: never an exception.

/** One kind of record: writes it, says where, and reads it as its users do. */
interface Kind {
  readonly write: (root: string) => Promise<string>;
  /** undefined: it counts as absent. */
  readonly read: (root: string) => Promise<unknown>;
  /** Bytes that change may be believed: history for people, and claims that are checked elsewhere. */
  readonly unsealed?: boolean;
}

const later = () => Date.now() + 60_000;
const run = '20261124-000000-000001' as RunId;

const kinds: Readonly<Record<string, Kind>> = {
  'action result': {
    write: async (root) => {
      const store = await openTemporary(root);
      const output = await store.putBytes(Buffer.from('bytes'), false);
      await store.publish(resultOf('a', { o: output }));
      return actionPath(root, keyOf('a'));
    },
    read: async (root) => (await openTemporary(root)).action(keyOf('a')),
  },
  'stat cache': {
    write: async (root) => {
      filesIn(join(root, '../sources'), { f: 'text' });
      const store = await openTemporary(root, { clock: later });
      value(await store.source(join(root, '../sources/f')));
      await store.close();
      return join(root, 'memo/stat-cache.json');
    },
    read: async (root) => {
      const path = join(root, '../sources/f');
      return (await openTemporary(root)).stats.lookup(path, statSync(path, { bigint: true }));
    },
  },
  memo: {
    write: async (root) => {
      await (await openTemporary(root)).memo.put('m', { list: [1, 'two', null] });
      return join(root, 'memo/m-m.json');
    },
    read: async (root) => (await openTemporary(root)).memo.get('m'),
  },
  'listing of a tree': {
    write: async (root) => {
      const folder = filesIn(join(root, '../t'), { a: '1', 'b/c': '2' });
      const tree = value(await (await openTemporary(root)).ingest(folder, 'copy'));
      writeFileSync(join(root, '../tree.json'), JSON.stringify(tree));
      return blobPath(root, tree.digest, false);
    },
    read: async (root) => {
      const tree = JSON.parse(readFileSync(join(root, '../tree.json'), 'utf8')) as Artifact;
      const entries = await (await openTemporary(root)).list(tree);
      return entries.ok ? entries.value : undefined;
    },
  },
  'record of a run': {
    write: async (root) => {
      const handle = await new RunStore(root).create(recordOf(run));
      await handle.finish(recordOf(run));
      return join(root, 'runs', run, 'run.json');
    },
    read: async (root) => {
      const runs = new RunStore(root);
      expect((await runs.latest())?.run_id ?? run).toBe(run);
      return runs.read(run);
    },
    unsealed: true,
  },
  'events of a run': {
    write: async (root) => {
      const handle = await new RunStore(root).create(recordOf(run));
      for (const at of [1, 2]) handle.appendEvent({ at, type: 'interrupted', signal: 'SIGINT' });
      await handle.finish(recordOf(run));
      return join(root, 'runs', run, 'events.ndjson');
    },
    read: async (root) => {
      const events = await new RunStore(root).events(run);
      return events.length === 2 ? events : undefined;
    },
    unsealed: true,
  },
  lock: {
    write: async (root) => {
      const lock = await (await openTemporary(root)).locks.acquire(keyOf('a'), 'label');
      expect(lock.kind).toBe('held');
      const [file = ''] = readdirSync(join(root, 'locks'));
      return join(root, 'locks', file);
    },
    read: async (root) => {
      const store = await openTemporary(root);
      const lock = await store.locks.acquire(keyOf('a'));
      store.locks.close();
      return lock.kind === 'busy' ? lock.holder : undefined;
    },
    unsealed: true,
  },
  'owner of a workspace': {
    write: async (root) => {
      const store = await openTemporary(root);
      store.scratch.create();
      const [name = ''] = readdirSync(join(root, 'tmp'));
      return join(root, 'tmp', name, 'owner.json');
    },
    // It belongs to a process that lives: nobody may sweep it.
    read: async (root) => {
      (await openTemporary(root)).sweep();
      return readdirSync(join(root, 'tmp')).length === 1 ? 'kept' : undefined;
    },
    unsealed: true,
  },
  VERSION: {
    write: async (root) => {
      await openTemporary(root);
      return join(root, 'VERSION');
    },
    read: async (root) => {
      const opened = await openStore(root, { fsync: false });
      return opened.ok ? 'opened' : undefined;
    },
  },
};

const recordOf = (id: string) => ({
  version: 1 as const,
  run_id: id,
  pipeline: 'p',
  file: 'pipelines/p.yaml',
  params: {},
  argv: [],
  state: 'ok' as const,
  startedAt: '2026-11-24T00:00:00.000Z',
  host: 'h',
  pid: 1,
  dag: keyOf('dag') as never,
});

describe.each(Object.entries(kinds))('a damaged %s', (_, kind) => {
  let root: string;
  let path: string;
  let bytes: Buffer;
  let whole: unknown;

  beforeEach(async () => {
    root = join(temporaryFolder(), 'cache');
    path = await kind.write(root);
    bytes = readFileSync(path);
    whole = await kind.read(root);
    expect(whole).toBeDefined();
  });

  async function readAs(damaged: Buffer): Promise<unknown> {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, damaged);
    // As a disk would do it that damages bytes and nothing else.
    if (path.includes('/cas/')) utimesSync(path, 946_684_800, 946_684_800);
    return kind.read(root);
  }

  /** What was read as something else than was written. */
  async function believed(damaged: (at: number) => Buffer): Promise<readonly unknown[]> {
    const wrong: unknown[] = [];
    for (let at = 0; at < bytes.length; at++) {
      const read = await readAs(damaged(at));
      if (read !== undefined && !isDeepStrictEqual(read, whole)) wrong.push(at, read);
    }
    return wrong;
  }

  it('cut off at any byte is read as nothing or as it was', async () => {
    expect(await believed((at) => bytes.subarray(0, at))).toEqual([]);
  });

  it('with zeros for its tail is read as nothing or as it was', async () => {
    expect(await believed((at) => Buffer.from(bytes).fill(0, at))).toEqual([]);
  });

  it('with any byte changed is no exception, and nothing else is believed', async () => {
    const wrong = await believed((at) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      return changed;
    });
    if (kind.unsealed !== true) expect(wrong).toEqual([]);
    else expect(wrong).toBeDefined();
  });
});
