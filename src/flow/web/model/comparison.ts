import type { Outcome } from '../../core/events.ts';
import type { Json } from '../../core/json.ts';
import type { RunDifference } from '../../engine/explain/compare-runs.ts';
import type { Change } from '../../key/explain.ts';
import { changeCells } from '../../report/changes/change-text.ts';
import { differenceCounts } from '../../report/changes/run-difference.ts';
import type { RunLine } from './page.ts';

/** How an instance ended in a run; `not reached` if the run stopped before it. */
export type Ending = Outcome | 'not reached';

/** The differences of two runs, as a page shows them. Cells are texts; a missing value is `(none)`. */
export interface Comparison {
  readonly a: RunLine;
  readonly b: RunLine;
  /** `3 instances unchanged, 2 changed`. */
  readonly counts: string;
  readonly params: readonly { readonly name: string; readonly a: string; readonly b: string }[];
  readonly causes: readonly Cause[];
  /** Instances that changed only because of their inputs. */
  readonly followers: readonly string[];
  /** Instances of which the cache no longer holds both results. */
  readonly forgotten: readonly string[];
  /** Instances without a result in at least one run. */
  readonly unfinished: readonly Unfinished[];
  readonly metrics: readonly {
    readonly id: string;
    readonly name: string;
    readonly a: number | null;
    readonly b: number | null;
  }[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/** A change of a command, param, code or source, with all instances that have it. */
export interface Cause {
  readonly kind: string;
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly ids: readonly string[];
}

/** Instances with the same outcome in the first run, and with the same outcome in the second run. */
export interface Unfinished {
  readonly a: Ending;
  readonly b: Ending;
  readonly ids: readonly string[];
}

export interface ComparedRun {
  readonly line: RunLine;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

export function comparisonOf(a: ComparedRun, b: ComparedRun, found: RunDifference): Comparison {
  const { params, changed, unfinished, metrics, onlyOld, onlyNew } = found;
  const known = changed.filter(({ changes }) => changes !== undefined);
  return {
    a: a.line,
    b: b.line,
    counts: differenceCounts(found),
    params: params.map(({ name, old, new: now }) => {
      const [was, is] = changeCells({ kind: 'param', name, old, new: now });
      return { name, a: was, b: is };
    }),
    causes: grouped(
      known.flatMap(({ id, changes = [] }) =>
        changes.flatMap(wordChanges).map((change) => ({ id, value: causeOf(change) })),
      ),
    ),
    followers: known.filter(({ changes }) => changes?.length === 0).map(({ id }) => id),
    forgotten: changed.filter(({ changes }) => changes === undefined).map(({ id }) => id),
    unfinished: grouped(
      unfinished.map(({ id }) => ({ id, value: { a: endingOf(a, id), b: endingOf(b, id) } })),
    ),
    metrics: metrics.map(({ id, output, name, old, new: now }) => {
      return { id, name: name === '' ? output : name, a: old, b: now };
    }),
    onlyA: onlyOld,
    onlyB: onlyNew,
  };
}

/** Splits the change of a command into changed words, so that instances of one stage have equal changes. */
function wordChanges(change: Change): readonly Change[] {
  const { kind, old, new: now } = change;
  if (kind !== 'command' || !Array.isArray(old) || !Array.isArray(now)) return [change];
  if (old.length !== now.length) return [change];
  return old.flatMap((word: Json, i): readonly Change[] =>
    word === now[i] ? [] : [{ ...change, old: word, new: now[i] }],
  );
}

function causeOf(change: Change): Omit<Cause, 'ids'> {
  const [a, b] = changeCells(change);
  return { kind: change.kind, name: change.name, a, b };
}

const endingOf = ({ outcomes }: ComparedRun, id: string): Ending =>
  outcomes.get(id) ?? 'not reached';

/** Each different value once, with the ids of all instances that have it. */
function grouped<T extends object>(
  all: readonly { readonly id: string; readonly value: T }[],
): readonly (T & { readonly ids: readonly string[] })[] {
  const groups = new Map<string, { readonly value: T; readonly ids: string[] }>();
  for (const { id, value } of all) {
    const text = JSON.stringify(value);
    const group = groups.get(text) ?? { value, ids: [] };
    groups.set(text, group);
    group.ids.push(id);
  }
  return [...groups.values()].map(({ value, ids }) => ({ ...value, ids }));
}
