import type { Artifact } from '../core/artifact.ts';
import { build } from '../core/build.ts';
import type { ActionKey, InstanceId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { RecordStamp } from '../store/action-records.ts';
import type { ActionResult } from '../store/action-result.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { EngineContext } from './context.ts';

/** What a run needs to know of a result that is there. */
export interface KnownResult {
  readonly key: ActionKey;
  readonly outputs: Readonly<Record<string, Artifact>>;
  /** What its execution took. */
  readonly wallMs: number;
}

export function knownResult({ key, outputs, execution }: ActionResult): KnownResult {
  return { key, outputs, wallMs: execution.wallMs };
}

/** `stamp`: of the result's record, taken before it was read; '' where it has to be read again. */
type Row = readonly [
  id: InstanceId,
  argumentText: string,
  key: ActionKey,
  stamp: string,
  outputs: KnownResult['outputs'],
  wallMs: number,
];

interface Saved {
  readonly about: string;
  readonly rows: readonly Row[];
}

/**
 * What looking up the instances of a Dag found before: the key of the same arguments, and what a result's
 * record said, while it is still the same file. So a run that changes nothing builds no manifest and reads no
 * record. It only ever saves work and can be deleted at any time: nothing of it is used before what it was
 * made from has been compared in full.
 */
export class Lookups {
  readonly #store: DiskStore;
  /** undefined: kept for this process only. */
  readonly #memo: string | undefined;
  readonly #about: string;
  readonly #rows = new Map<InstanceId, Row>();
  /** Stamps that did not prove anything yet. */
  readonly #fresh = new Map<InstanceId, string>();
  #changed = false;

  private constructor({ store, remembered, flowVersion }: EngineContext) {
    this.#store = store;
    this.#memo = remembered === undefined ? undefined : `lookups-${remembered.name}`;
    this.#about = JSON.stringify([remembered?.digest ?? null, flowVersion, build]);
  }

  static async open(ctx: EngineContext): Promise<Lookups> {
    const lookups = new Lookups(ctx);
    await lookups.#load();
    return lookups;
  }

  /** The key of an instance with these arguments, if it was computed before. */
  key(id: InstanceId, argumentText: string): ActionKey | undefined {
    const row = this.#rows.get(id);
    return row?.[1] === argumentText ? row[2] : undefined;
  }

  /** What is stored under the key that these arguments have. */
  async result(
    id: InstanceId,
    argumentText: string,
    key: ActionKey,
  ): Promise<KnownResult | undefined> {
    const stamp = this.#store.recordStamp(key);
    const row = this.#rows.get(id);
    if (row?.[2] === key && stamp?.settled === true && row[3] === stamp.text) {
      return { key, outputs: row[4], wallMs: row[5] };
    }
    const result = await this.#store.action(key);
    if (result === undefined) return undefined;
    const known = knownResult(result);
    this.#put(id, argumentText, known, stamp);
    return known;
  }

  /** This process has just published it. */
  learn(id: InstanceId, argumentText: string, known: KnownResult): void {
    this.#put(id, argumentText, known, this.#store.recordStamp(known.key));
  }

  /** For the next command. */
  async save(): Promise<void> {
    if (this.#memo === undefined || !this.#changed) return;
    this.#changed = false;
    for (const [id, fresh] of this.#fresh) this.#settle(id, fresh);
    const saved: Saved = { about: this.#about, rows: [...this.#rows.values()] };
    await this.#store.memo.put(this.#memo, saved as unknown as Json);
  }

  async #load(): Promise<void> {
    if (this.#memo === undefined) return;
    const saved = (await this.#store.memo.get(this.#memo)) as unknown as Saved | undefined;
    if (saved?.about !== this.#about) return;
    for (const row of saved.rows) this.#rows.set(row[0], row);
  }

  #put(
    id: InstanceId,
    argumentText: string,
    { key, outputs, wallMs }: KnownResult,
    stamp: RecordStamp | undefined,
  ): void {
    const settled = stamp?.settled === true ? stamp.text : '';
    this.#rows.set(id, [id, argumentText, key, settled, outputs, wallMs]);
    if (stamp?.settled === false) this.#fresh.set(id, stamp.text);
    this.#changed = true;
  }

  /** A record that was too new when it was read or written may have grown old enough meanwhile. */
  #settle(id: InstanceId, fresh: string): void {
    const row = this.#rows.get(id);
    const stamp = row && this.#store.recordStamp(row[2]);
    if (stamp?.settled !== true || stamp.text !== fresh) return;
    const [, argumentText, key, , outputs, wallMs] = row as Row;
    this.#rows.set(id, [id, argumentText, key, fresh, outputs, wallMs]);
  }
}
