import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Artifact } from '../../../../src/flow/core/artifact.ts';
import type { RunId } from '../../../../src/flow/core/ids.ts';
import type { RunRecord } from '../../../../src/flow/core/run-record.ts';
import { digestBytes } from '../../../../src/flow/key/digest.ts';
import type { DiskStore } from '../../../../src/flow/store/disk-store.ts';
import { collectGarbage, previewGc } from '../../../../src/flow/store/gc/gc.ts';
import type { GcPolicy } from '../../../../src/flow/store/gc/policy.ts';
import { RunStore } from '../../../../src/flow/store/records/runs.ts';
import { filesIn, keyOf, openTemporary, resultOf, temporaryFolder, value } from '../temporary.ts';

/** A cache that processes open and close one after another, as commands do. */
export class Cache {
  readonly root = join(temporaryFolder(), 'cache');
  readonly runs = new RunStore(this.root);
  #count = 0;

  async open<T>(work: (store: DiskStore) => Promise<T>): Promise<T> {
    const store = await openTemporary(this.root);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  /** Puts a file artifact. */
  put(text: string): Promise<Artifact> {
    return this.open((store) => store.putBytes(Buffer.from(text), false));
  }

  putTree(files: Readonly<Record<string, string>>): Promise<Artifact> {
    const folder = filesIn(join(temporaryFolder(), 't'), files);
    return this.open(async (store) => value(await store.ingest(folder, 'move')));
  }

  async publish(name: string, outputs: Readonly<Record<string, Artifact>>): Promise<void> {
    await this.open((store) => store.publish(resultOf(name, outputs)));
  }

  /** A finished run that lists the results of these names. Later ones are newer. */
  async run(names: readonly string[], more: Partial<RunRecord> = {}): Promise<RunId> {
    this.#count += 1;
    const id = `20261125-000000-${String(this.#count).padStart(6, '0')}` as RunId;
    const dag = await this.open((store) => store.putBytes(Buffer.from(`dag of ${id}`), false));
    const record: RunRecord = {
      version: 1,
      run_id: id,
      pipeline: 'p',
      file: 'pipelines/p.yaml',
      params: {},
      argv: [],
      state: 'ok',
      startedAt: new Date().toISOString(),
      host: 'here',
      pid: 1,
      dag: dag.digest,
      summary: {
        run_id: id,
        ok: true,
        ran: 0,
        hit: 0,
        failed: 0,
        skipped: 0,
        cancelled: 0,
        wall_s: 1,
        instances: names.map((name) => ({
          id: name as never,
          stage: name,
          axes: {},
          outcome: 'ran',
          key: keyOf(name),
          outputs: {},
          wall_s: 1,
        })),
      },
      ...more,
    };
    const handle = await this.runs.create(record);
    await handle.finish(record);
    return id;
  }

  /** Ticks of the file system's clock are milliseconds: what was made before is older than what comes. */
  async pause(): Promise<void> {
    const probe = join(this.root, 'tick');
    writeFileSync(probe, '');
    const before = statSync(probe).mtimeMs;
    do {
      await delay(2);
      writeFileSync(probe, '');
    } while (statSync(probe).mtimeMs <= before);
  }

  async gc(policy: Partial<GcPolicy> = {}) {
    await this.pause();
    return this.open(async (store) =>
      value(await collectGarbage(store, { youngMs: 0, ...policy })),
    );
  }

  async preview(policy: Partial<GcPolicy> = {}) {
    await this.pause();
    return this.open((store) => previewGc(store, { youngMs: 0, ...policy }));
  }

  action(name: string) {
    return this.open((store) => store.action(keyOf(name)));
  }

  has(artifact: Artifact): Promise<boolean> {
    return this.open((store) => store.has(artifact));
  }
}

export const bytesOf = (text: string): Artifact => ({
  kind: 'file',
  exec: false,
  size: Buffer.byteLength(text),
  digest: digestBytes(text),
});

export function age(path: string, days: number): void {
  const then = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  utimesSync(path, then, then);
}
