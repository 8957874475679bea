import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { Failure, InstanceSummary, RunEvent } from '../../../src/flow/core/events.ts';
import type { EngineContext } from '../../../src/flow/engine/context.ts';
import { explain } from '../../../src/flow/engine/explain/explain-instance.ts';
import type { Explanation } from '../../../src/flow/engine/explain/explain-instance.ts';
import { planRun } from '../../../src/flow/engine/explain/plan.ts';
import type { Plan } from '../../../src/flow/engine/explain/plan.ts';
import type { RunOptions, RunOutcome } from '../../../src/flow/engine/run/options.ts';
import { run } from '../../../src/flow/engine/run/run.ts';
import { CodeResolver } from '../../../src/flow/key/code/code-resolver.ts';
import type { Dag } from '../../../src/flow/pipeline/dag.ts';
import { loadPipeline } from '../../../src/flow/pipeline/resolve/load.ts';
import type { DiskStore } from '../../../src/flow/store/disk-store.ts';
import { openStore } from '../../../src/flow/store/open-store.ts';
import { RunStore } from '../../../src/flow/store/records/runs.ts';

export interface Ran extends RunOutcome {
  readonly events: readonly RunEvent[];
  /** Instance id -> outcome. */
  readonly outcomes: Readonly<Record<string, string>>;
}

const worlds = new Set<World>();

afterEach(() => {
  for (const world of worlds) world.remove();
  worlds.clear();
});

/** A project in a temporary folder, run in this process: real files, real processes, real cache. */
export class World {
  readonly root: string;
  readonly env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
  };

  /** Bytes above which a source is not copied. */
  maxCopiedSource = 1 << 26;

  /** Milliseconds by which the store's clock is ahead, so that what was just written counts as old. */
  ahead = 0;

  /** @param root another world's folder, or a link to it */
  constructor(root = mkdtempSync(path.join(tmpdir(), 'flow-engine-'))) {
    this.root = root;
    worlds.add(this);
    this.write({ 'package.json': '{"type":"module"}' });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(this.at(name)), { recursive: true });
      writeFileSync(this.at(name), text);
    }
  }

  read(name: string): string {
    return readFileSync(this.at(name), 'utf8');
  }

  at(name: string): string {
    return path.join(this.root, name);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  async dag(
    stages: string,
    set: readonly string[] = [],
    targets: readonly string[] = [],
  ): Promise<Dag> {
    this.write({ 'pipelines/p.yaml': `version: 1\nname: p\n${stages}` });
    const loaded = await loadPipeline({
      file: this.at('pipelines/p.yaml'),
      cwd: this.root,
      root: this.root,
      read: async (file) => {
        try {
          return readFileSync(file, 'utf8');
        } catch {
          return undefined;
        }
      },
      overrides: { set },
      targets,
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, null, 2));
    return loaded.value.dag;
  }

  /** Opens the cache as a command does, and closes it again. */
  async with<T>(dag: Dag, work: (ctx: EngineContext, store: DiskStore) => Promise<T>): Promise<T> {
    const opened = await openStore(this.at('cache'), {
      fsync: false,
      maxCopiedSource: this.maxCopiedSource,
      clock: () => Date.now() + this.ahead,
    });
    if (!opened.ok) throw new Error(opened.error.message);
    const store = opened.value;
    try {
      const { digest } = await store.putBytes(Buffer.from(JSON.stringify(dag)), false);
      return await work(
        {
          dag,
          remembered: { digest, name: 'p' },
          root: this.root,
          store,
          code: new CodeResolver({ root: this.root, memo: store.memo, blobs: store }),
          runs: new RunStore(store.root),
          clock: Date.now,
          env: this.env,
          pipelineFile: 'pipelines/p.yaml',
          argv: [],
          flowVersion: '0.0.0-test',
        },
        store,
      );
    } finally {
      await store.close();
    }
  }

  async run(
    stages: string,
    options: Partial<RunOptions> = {},
    set: readonly string[] = [],
  ): Promise<Ran> {
    return this.runDag(await this.dag(stages, set), options);
  }

  /** `prepare`: changes what the run works with. */
  async runDag(
    dag: Dag,
    options: Partial<RunOptions> = {},
    prepare: (ctx: EngineContext) => void = () => undefined,
  ): Promise<Ran> {
    const events: RunEvent[] = [];
    const outcome = await this.with(dag, (ctx) => {
      prepare(ctx);
      return run(ctx, {
        jobs: 4,
        failure: 'no-new',
        pools: {},
        forceExports: false,
        ...options,
        emit: (event) => {
          events.push(event);
          options.emit?.(event);
        },
      });
    });
    const outcomes = Object.fromEntries(
      outcome.summary.instances.map((instance) => [instance.id, instance.outcome]),
    );
    return { ...outcome, events, outcomes };
  }

  async plan(stages: string, set: readonly string[] = []): Promise<Plan> {
    return this.with(await this.dag(stages, set), (ctx) => planRun(ctx));
  }

  async explain(stages: string, id: string, set: readonly string[] = []): Promise<Explanation> {
    return this.with(await this.dag(stages, set), (ctx) =>
      explain(ctx, id as InstanceSummary['id']),
    );
  }

  /** Text of an output of a run. */
  async output(ran: Ran, id: string, output: string): Promise<string> {
    return this.store(async (store) => {
      const key = ran.summary.instances.find((instance) => instance.id === id)?.key;
      const artifact = key && (await store.action(key))?.outputs[output];
      if (!artifact) throw new Error(`${id}.${output} is not in the cache`);
      const text = await store.readText(artifact);
      if (!text.ok) throw new Error(text.error.message);
      return text.value;
    });
  }

  async store<T>(work: (store: DiskStore) => Promise<T>): Promise<T> {
    const empty: Dag = { name: 'none', instances: [], exports: [], params: {} };
    return this.with(empty, (_, store) => work(store));
  }
}

/** The events of one type. */
export function ofType<T extends RunEvent['type']>(
  ran: Ran,
  type: T,
): readonly Extract<RunEvent, { readonly type: T }>[] {
  return ran.events.filter(
    (event): event is Extract<RunEvent, { readonly type: T }> => event.type === type,
  );
}

export function failureOf(ran: Ran, id: string): Failure {
  const finished = ofType(ran, 'finished').find((event) => event.id === id);
  if (finished?.failure === undefined) throw new Error(`${id} did not fail`);
  return finished.failure;
}

/** Ids of the instances for which a process was started. */
export function started(ran: Ran): readonly string[] {
  return ofType(ran, 'started').map((event) => event.id);
}
