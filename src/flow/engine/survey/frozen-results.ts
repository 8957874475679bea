import type { ActionKey, Digest } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import { digestBytes } from '../../key/digest.ts';
import { canonicalJson } from '../../key/canonical.ts';
import type { Manifest } from '../../key/manifest.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { Store } from '../../store/store.ts';
import { knownResult } from './survey-memo.ts';
import type { KnownResult } from './survey-memo.ts';

/** What a frozen result is known by: not its command, code, packages, environment or platform. */
export type Subject = Pick<Manifest, 'params' | 'inputs' | 'outputs'>;

type Values = Readonly<Record<string, Json>>;

/** When a record was written, in milliseconds since the epoch, and the digest of its subject. */
type Row = readonly [madeMs: number, subject: Digest];

const MEMO = 'frozen-v1';

/** The newest results by what they were made of. Reads each record once, also for later commands. */
export class FrozenResults {
  readonly #store: Store;
  #bySubject: Promise<ReadonlyMap<Digest, readonly ActionKey[]>> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The newest one with all its outputs. `written`: see `Instance`. */
  async newest(stage: string, subject: Subject, written: Values): Promise<KnownResult | undefined> {
    this.#bySubject ??= this.#index();
    const keys = (await this.#bySubject).get(digestOf(stage, subject)) ?? [];
    for (const key of keys) {
      const result = await this.#store.action(key);
      if (result === undefined || !agrees(result, written)) continue;
      if (await this.#store.hasOutputs(result.provenance.instance, result.outputs)) {
        return knownResult(result);
      }
    }
    return undefined;
  }

  async #index(): Promise<ReadonlyMap<Digest, readonly ActionKey[]>> {
    const known = ((await this.#store.memo.get(MEMO)) ?? {}) as Readonly<Record<ActionKey, Row>>;
    const rows: Record<ActionKey, Row> = {};
    let changed = false;
    for (const key of this.#store.keys()) {
      const madeMs = this.#store.recordStamp(key)?.facts[1];
      if (madeMs === undefined) continue;
      const before = known[key];
      if (before?.[0] === madeMs) {
        rows[key] = before;
        continue;
      }
      const result = await this.#store.action(key);
      if (result === undefined) continue;
      rows[key] = [madeMs, digestOf(result.provenance.stage, result.manifest)];
      changed = true;
    }
    if (changed) await this.#store.memo.put(MEMO, rows);
    const bySubject = new Map<Digest, ActionKey[]>();
    const newestFirst = Object.entries(rows).sort(([, [a]], [, [b]]) => b - a);
    for (const [key, [, subject]] of newestFirst) {
      const keys = bySubject.get(subject) ?? [];
      bySubject.set(subject, [...keys, key as ActionKey]);
    }
    return bySubject;
  }
}

/**
 * A param that only stands in the command has the same value in both. A result whose command did not have it was
 * made without it; a record of an earlier version does not say what its command had.
 */
function agrees({ provenance, manifest }: ActionResult, written: Values): boolean {
  const before = provenance.written;
  const names = Object.keys(written).filter((name) => !Object.hasOwn(manifest.params, name));
  if (before === undefined) return names.length === 0;
  return names.every((name) => {
    const [was, is] = [before[name], written[name]];
    return was === undefined || is === undefined || canonicalJson(was) === canonicalJson(is);
  });
}

function digestOf(stage: string, { params, inputs, outputs }: Subject): Digest {
  return digestBytes(canonicalJson({ stage, params, inputs, outputs }));
}
