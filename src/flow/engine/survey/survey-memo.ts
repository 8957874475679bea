import type { Artifact } from '../../core/artifact.ts';
import { build } from '../../core/ids.ts';
import type { ActionKey, InstanceId } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import type { RecordStamp, StampFacts } from '../../store/records/action-records.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { Store } from '../../store/store.ts';
import type { EngineContext } from '../context.ts';

/** The facts about an existing result that a run needs. */
export interface KnownResult {
  readonly key: ActionKey;
  readonly outputs: Readonly<Record<string, Artifact>>;
  /** The duration of its execution. */
  readonly wallMs: number;
}

export function knownResult({ key, outputs, execution }: ActionResult): KnownResult {
  return { key, outputs, wallMs: execution.wallMs };
}

/** `stamp`: of the result's record, taken before it was read; 0 where it has to be read again. */
type Row = readonly [
  id: InstanceId,
  argumentText: string,
  stamp: StampFacts | 0,
  known: KnownResult,
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
export class SurveyMemo {
  readonly #store: Store;
  /** undefined: kept for this process only. */
  readonly #memo: string | undefined;
  readonly #about: string;
  readonly #rows = new Map<InstanceId, Row>();
  /** Stamps that were too new to prove anything. */
  readonly #fresh = new Map<InstanceId, StampFacts>();
  #changed = false;

  private constructor({ store, remembered, flowVersion }: EngineContext) {
    this.#store = store;
    this.#memo = remembered === undefined ? undefined : `lookups-${remembered.name}`;
    this.#about = JSON.stringify([remembered?.digest ?? null, flowVersion, build]);
  }

  static async open(ctx: EngineContext): Promise<SurveyMemo> {
    const memo = new SurveyMemo(ctx);
    await memo.#load();
    return memo;
  }

  /** The key of an instance with these arguments, if it was computed before. */
  key(id: InstanceId, argumentText: string): ActionKey | undefined {
    const row = this.#rows.get(id);
    return row?.[1] === argumentText ? row[3].key : undefined;
  }

  /** What is stored under the key that these arguments have, while its record is the file that it was. */
  known(id: InstanceId, argumentText: string): KnownResult | undefined {
    const row = this.#rows.get(id);
    if (row === undefined || row[2] === 0 || row[1] !== argumentText) return undefined;
    const stamp = this.#store.recordStamp(row[3].key);
    return stamp?.settled === true && equal(stamp.facts, row[2]) ? row[3] : undefined;
  }

  /** The same, read where it is not known. `key`: of these arguments. */
  async result(
    id: InstanceId,
    argumentText: string,
    key: ActionKey,
  ): Promise<KnownResult | undefined> {
    const known = this.known(id, argumentText);
    if (known !== undefined) return known;
    const stamp = this.#store.recordStamp(key);
    const result = await this.#store.action(key);
    if (result === undefined) return undefined;
    const read = knownResult(result);
    this.#put(id, argumentText, read, stamp);
    return read;
  }

  /** This process has just published it. */
  learn(id: InstanceId, argumentText: string, known: KnownResult): void {
    this.#put(id, argumentText, known, this.#store.recordStamp(known.key));
  }

  /** Saves it for the next command. */
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
    known: KnownResult,
    stamp: RecordStamp | undefined,
  ): void {
    const settled = stamp?.settled === true;
    this.#rows.set(id, [id, argumentText, settled ? stamp.facts : 0, known]);
    if (stamp !== undefined && !settled) this.#fresh.set(id, stamp.facts);
    this.#changed = true;
  }

  /** A record that was too new when it was read or written may have grown old enough meanwhile. */
  #settle(id: InstanceId, fresh: StampFacts): void {
    const row = this.#rows.get(id);
    const stamp = row && this.#store.recordStamp(row[3].key);
    if (row === undefined || stamp?.settled !== true || !equal(stamp.facts, fresh)) return;
    this.#rows.set(id, [id, row[1], fresh, row[3]]);
  }
}

function equal(a: StampFacts, b: StampFacts): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}
