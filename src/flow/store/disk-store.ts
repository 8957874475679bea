import type { Excluded } from '../key/files/glob.ts';
import type { Artifact } from '../core/artifact.ts';
import type { ActionKey } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import { ok } from '../core/result.ts';
import { ActionRecords, recordKeys } from './records/action-records.ts';
import { FrozenRoots } from './records/frozen-roots.ts';
import type { RecordStamp } from './records/action-records.ts';
import type { ActionResult } from './records/action-result.ts';
import { Artifacts } from './cas/artifacts.ts';
import { Blobs } from './cas/blobs.ts';
import { checkout } from './checkout.ts';
import { Checkpoints } from './process/checkpoints.ts';
import { Contents } from './cas/contents.ts';
import type { Damage, DamageReports } from './damage.ts';
import { failpoint } from './disk/failpoints.ts';
import { Flush } from './disk/flush.ts';
import { Ingest, stampAt } from './cas/ingest.ts';
import { Locks } from './process/locks.ts';
import { Materialiser } from './cas/materialise.ts';
import { Leases } from './process/leases.ts';
import { Kept } from './records/kept.ts';
import { FileMemo } from './records/memo.ts';
import { Removals } from './process/removals.ts';
import { Results } from './results.ts';
import { RunStore } from './records/runs.ts';
import { View } from './view.ts';
import { Scratch } from './process/scratch.ts';
import { StatCache } from './cas/stat-cache.ts';
import type {
  CheckoutError,
  DamagedError,
  HowPlaced,
  IngestError,
  IngestHow,
  IngestOptions,
  Published,
  SourceArtifact,
  Store,
  TreeEntry,
} from './store.ts';
import type { Verified } from './verify.ts';
import { WholeSync } from './disk/whole-sync.ts';
import { Workspace } from './process/workspace.ts';

export interface StoreOptions {
  /** Upgrades a cache of an older layout, without its results; otherwise refuses it. */
  readonly upgrade?: boolean;
  /** False: a power cut can lose or tear results. For tests. */
  readonly fsync?: boolean;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** The size in bytes above which a source stays in its place. */
  readonly maxCopiedSource?: number;
}

/** The store on a local file system. Made by `openStore`. */
export class DiskStore implements Store {
  readonly root: string;
  readonly memo: FileMemo;
  readonly stats: StatCache;
  readonly scratch: Scratch;
  readonly view: View;
  readonly frozen: FrozenRoots;
  readonly locks: Locks;
  readonly checkpoints: Checkpoints;
  readonly kept: Kept;
  readonly #workspace: Workspace;
  readonly #removals: Removals;
  readonly #leases: Leases;
  readonly #damage: DamageReports;
  readonly #flush: Flush;
  readonly #whole: WholeSync;
  readonly #blobs: Blobs;
  readonly #records: ActionRecords;
  readonly #ingest: Ingest;
  readonly #contents: Contents;
  readonly #artifacts: Artifacts;
  readonly #results: Results;

  constructor(root: string, damage: DamageReports, options: StoreOptions) {
    const { clock, maxCopiedSource } = options;
    const workspace = new Workspace(root);
    const removals = new Removals(root, workspace);
    const whole = new WholeSync(root);
    this.#whole = whole;
    const flush = new Flush(options.fsync ?? true, () => whole.sync());
    const stats = new StatCache(root, workspace, clock);
    const blobs = new Blobs(root, workspace, removals, damage, flush, stats);
    const records = new ActionRecords(root, workspace, damage, flush, clock);
    const ingest = new Ingest(root, blobs, stats, maxCopiedSource);
    const contents = new Contents(blobs, ingest.inPlace);
    const materialiser = new Materialiser(blobs, ingest.inPlace, stats);
    const artifacts = new Artifacts(blobs, contents, materialiser, ingest.inPlace);
    this.root = root;
    this.memo = new FileMemo(root, workspace);
    this.frozen = new FrozenRoots(root, workspace);
    this.stats = stats;
    this.scratch = new Scratch(workspace);
    this.view = new View(workspace, artifacts);
    this.locks = new Locks(root, workspace);
    this.checkpoints = new Checkpoints(root);
    this.kept = new Kept(root);
    this.#workspace = workspace;
    this.#removals = removals;
    this.#leases = new Leases(workspace);
    this.#damage = damage;
    this.#flush = flush;
    this.#blobs = blobs;
    this.#records = records;
    this.#ingest = ingest;
    this.#contents = contents;
    this.#artifacts = artifacts;
    this.#results = new Results(root, records, artifacts, flush, damage);
  }

  /**
   * After it resolves, this process can read and place the artifact. It is on disk when a result is
   * published.
   */
  ingest(
    path: string,
    how: IngestHow,
    options: IngestOptions = {},
  ): Promise<Result<Artifact, IngestError>> {
    return this.#ingest.output(path, how, options);
  }

  async putBytes(bytes: Uint8Array, exec: boolean): Promise<Artifact> {
    const { digest, size } = await this.#blobs.addBytes(bytes, exec);
    return { kind: 'file', exec, size, digest };
  }

  source(path: string, excluded?: Excluded): Promise<Result<SourceArtifact, IngestError>> {
    return this.#ingest.source(path, excluded);
  }

  keys(): readonly ActionKey[] {
    return recordKeys(this.root);
  }

  keepSource(source: SourceArtifact): Promise<boolean> {
    return this.#ingest.keep(source);
  }

  bytesToKeep(sources: Iterable<SourceArtifact>): number {
    return this.#ingest.bytesToKeep(sources);
  }

  /** Whether the large files of a source are unchanged since they were hashed. */
  async sourceUnchanged(source: SourceArtifact): Promise<boolean> {
    return source.large.every(({ path, stamp }) => stampAt(path) === stamp);
  }

  /** The artifact of a file or folder, without storing it. */
  contentOf(path: string): Promise<Result<Artifact, IngestError>> {
    return this.#ingest.contentOf(path);
  }

  has(artifact: Artifact): Promise<boolean> {
    return this.#artifacts.has(artifact);
  }

  /** `has` with one stat per file. False: use `has`, which reads changed files. */
  looksWhole(artifact: Artifact): boolean {
    return this.#artifacts.looksWhole(artifact);
  }

  /** A result is a hit only if all its outputs exist. Reports missing outputs. */
  hasOutputs(instance: string, outputs: ActionResult['outputs']): Promise<boolean> {
    return this.#results.hasOutputs(instance, outputs);
  }

  materialise(
    artifact: Artifact,
    path: string,
    how: HowPlaced,
  ): Promise<Result<void, DamagedError>> {
    return this.#artifacts.materialise(artifact, path, how);
  }

  /**
   * Was what was placed read-only at `path` left as it was? `sinceMs`: when a stage could first reach it, by the
   * clock of the cache's file system; this spares reading the rest.
   */
  checkUntouched(artifact: Artifact, path: string, sinceMs = 0): Promise<boolean> {
    return this.#artifacts.untouched(artifact, path, sinceMs);
  }

  async read(artifact: Artifact): Promise<Result<Uint8Array, DamagedError>> {
    return this.#contents.read(artifact);
  }

  async readText(artifact: Artifact): Promise<Result<string, DamagedError>> {
    const bytes = this.#contents.read(artifact);
    return bytes.ok ? ok(Buffer.from(bytes.value).toString('utf8')) : bytes;
  }

  async list(tree: Artifact): Promise<Result<readonly TreeEntry[], DamagedError>> {
    return this.#contents.list(tree);
  }

  async find(
    artifact: Artifact,
    path: string,
  ): Promise<Result<Artifact | undefined, DamagedError>> {
    return this.#contents.find(artifact, path);
  }

  /** Places a writable copy in the work tree. */
  checkout(
    artifact: Artifact,
    path: string,
    options: { readonly replace: boolean },
  ): Promise<Result<void, CheckoutError>> {
    return checkout((to) => this.materialise(artifact, to, 'writable'), path, options.replace);
  }

  async action(key: ActionKey): Promise<ActionResult | undefined> {
    return this.#records.read(key);
  }

  /** If the stamps are equal and old enough, `action` would read the same bytes. */
  recordStamp(key: ActionKey): RecordStamp | undefined {
    return this.#records.stamp(key);
  }

  async *actions(): AsyncIterable<ActionResult> {
    yield* this.#records.all();
  }

  /**
   * Resolves when the result and its outputs are on disk and valid for everybody: after at most
   * about 300 ms.
   */
  publish(result: ActionResult, replace = false): Promise<Published> {
    return this.#results.publish(result, replace);
  }

  /** Flushes at once, because nothing else is running. */
  hurry(): void {
    this.#flush.hurry();
  }

  async dropAction(key: ActionKey): Promise<void> {
    this.#records.drop(key);
  }

  /** The folders of dead processes, which contain their scratch folders, and the short paths to them. */
  abandoned(): readonly string[] {
    return this.#workspace.abandonedPaths();
  }

  get isReadOnly(): boolean {
    return this.#workspace.isReadOnly;
  }

  /** Removes the leftovers of dead processes. */
  sweep(): void {
    if (this.isReadOnly) return;
    this.#workspace.sweep();
    this.locks.sweep();
  }

  /** Reads the whole cache; `drop`: removes what is damaged, otherwise only reports it. */
  async verify(options: {
    readonly drop: boolean;
    readonly progress?: (bytes: number) => void;
  }): Promise<Verified> {
    const { verify } = await import('./verify.ts');
    return verify({
      root: this.root,
      blobs: this.#blobs,
      records: this.#records,
      contents: this.#contents,
      runs: new RunStore(this.root),
      ...options,
    });
  }

  /**
   * gc leaves results and artifacts that are claimed alone until this store is closed. true: something was
   * being removed meanwhile, so look again for what was found before.
   */
  claim(
    keys: Iterable<ActionKey>,
    artifacts: Iterable<Pick<Artifact, 'kind' | 'digest'>> = [],
  ): Promise<boolean> {
    this.#leases.hold(keys, artifacts);
    return this.#removals.settle();
  }

  /** The parts for gc, which are loaded only if needed. */
  get parts(): { readonly workspace: Workspace; readonly removals: Removals } {
    return { workspace: this.#workspace, removals: this.#removals };
  }

  onDamage(listener: (damage: Damage) => void): () => void {
    return this.#damage.listen(listener);
  }

  async close(): Promise<void> {
    await this.#flush.all();
    this.#whole.close();
    failpoint('action.flushed');
    this.stats.save();
    this.locks.close();
    await this.scratch.close();
    this.#workspace.close();
  }
}
