import { groupBy } from '../../core/group-by.ts';
import { stageOf } from '../../core/names.ts';
import type { Change } from '../../key/explain.ts';
import { changeParts, describeChange } from './change-text.ts';

/** The reason why an instance is not a hit, from engine/explain/plan.ts. */
export type ShownReason =
  | { readonly kind: 'waits'; readonly on: readonly string[] }
  | { readonly kind: 'not-looked-at' }
  | {
      readonly kind: 'never-run';
      readonly nearest?: { readonly instance: string; readonly changes: readonly Change[] };
    }
  | { readonly kind: 'changed'; readonly changes: readonly Change[] }
  | { readonly kind: 'lost' }
  | { readonly kind: 'forced' }
  | { readonly kind: 'always' }
  | { readonly kind: 'broken'; readonly failure: { readonly message: string } };

/** The project is not trusted, so flow starts no program to look. */
export const NOT_LOOKED_AT = 'not looked at: flow run, or --trust';

/** For programs: one text per change, or per stage that it waits for. */
export function reasonTexts(reason: ShownReason | undefined): readonly string[] {
  switch (reason?.kind) {
    case undefined:
      return [];
    case 'waits':
      return waitsFor(reason.on).map((name) => `waits for ${name}`);
    case 'not-looked-at':
      return [NOT_LOOKED_AT];
    case 'changed':
      return reason.changes.map(describeChange);
    case 'never-run': {
      const { nearest } = reason;
      return [
        nearest ? against(nearest.instance, nearest.changes.map(describeChange)) : 'never run',
      ];
    }
    case 'lost':
      return ['files of its result are missing from the cache'];
    case 'always':
      return ['always'];
    case 'forced':
      return ['you asked for it with --rerun'];
    case 'broken':
      return [reason.failure.message];
  }
}

/**
 * A stage that collects can wait for hundreds of instances. Then one text counts those of a stage.
 */
function waitsFor(on: readonly string[]): readonly string[] {
  if (on.length <= 3) return on;
  const named = [...groupBy(on, stageOf)].map(([stage, ids]) =>
    ids.length > 1 ? `${stage} (×${ids.length})` : ids[0],
  );
  return [named.join(', ')];
}

function against(nearest: string, changes: readonly string[]): string {
  return `never run; against ${nearest}: ${changes.join(', ')}`;
}

/** The same in one line, for users. */
export function reasonLine(reason: ShownReason | undefined): string {
  if (reason?.kind === 'waits') return `waits for ${waitsFor(reason.on).join(', ')}`;
  return reasonTexts(reason).join('; ');
}

/** Equal for reasons that differ only in axes and values: these can be grouped. */
export function kindOf(reason: ShownReason | undefined): string {
  switch (reason?.kind) {
    case 'waits':
      return JSON.stringify(['waits', stagesOf(reason.on)]);
    case 'changed':
      return JSON.stringify(['changed', reason.changes.map(subjectOf)]);
    case 'never-run':
      return JSON.stringify(['never-run', reason.nearest?.changes.map(subjectOf)]);
    default:
      return JSON.stringify(reasonTexts(reason));
  }
}

/** The common part of several reasons of one kind. */
export function unionLine(reasons: readonly (ShownReason | undefined)[]): string {
  const [line = '', ...others] = new Set(reasons.map(reasonLine));
  if (others.length === 0) return line;
  const [first] = reasons;
  switch (first?.kind) {
    case 'waits':
      return `waits for ${stagesOf(first.on).join(', ')}`;
    case 'changed':
      return unionChanges(
        reasons.flatMap((each) => (each?.kind === 'changed' ? [each.changes] : [])),
      ).join('; ');
    case 'never-run': {
      const nearest = reasons.flatMap((each) =>
        each?.kind === 'never-run' && each.nearest ? [each.nearest] : [],
      );
      const [one = '', ...more] = new Set(nearest.map(({ instance }) => instance));
      const changes = unionChanges(nearest.map((each) => each.changes));
      return against(more.length === 0 ? one : stageOf(one), changes);
    }
    default:
      return line;
  }
}

/** Above this length, different changes of one subject are counted. */
const MAX_UNION_CHARACTERS = 60;

/** For lists with equal subjects: `param num: 500 -> 1000, 500 -> 2000`. */
function unionChanges(lists: readonly (readonly Change[])[]): readonly string[] {
  return (lists[0] ?? []).map((change, i) => {
    const subject = subjectOf(change);
    const ways = new Set(lists.flatMap((list) => (list[i] ? [changeParts(list[i]).what] : [])));
    const [way = '', ...others] = ways;
    if (others.length === 0) return `${subject}${way}`;
    const all = [way, ...others.map((other) => other.replace(/^: /, ''))].join(', ');
    return all.length <= MAX_UNION_CHARACTERS
      ? `${subject}${all}`
      : `${subject}: ${ways.size} different changes`;
  });
}

function subjectOf(change: Change): string {
  return changeParts(change).subject;
}

function stagesOf(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.map((id) => stageOf(id)))];
}
