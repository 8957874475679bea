import type { Change } from '../../key/explain.ts';
import { changeLines, type Detail, type Origins, unionLines } from './changes.ts';
import { type Folded, foldMatrix, foldNames, unfolded } from './fold.ts';
import { NOT_LOOKED_AT } from './plan-reasons.ts';
import { madeText } from './made-text.ts';
import type { Style } from '../style.ts';

/** An explanation from engine/explain, with the changed texts and folders. */
export interface ShownExplanation {
  readonly id: string;
  readonly state: 'hit' | 'miss' | 'awaiting' | 'ran';
  readonly key?: string;
  /** Whether no run had a result of it before. */
  readonly first?: true;
  readonly nearest?: { readonly run: string; readonly instance: string };
  /** Whether it was compared with `nearest`. */
  readonly compared: boolean;
  readonly changes: readonly Change[];
  readonly origins: Origins;
  readonly causes: readonly ShownCause[];
  readonly made?: { readonly run: string; readonly at: string; readonly host: string };
  readonly lost?: true;
  /** Its stage has `freeze: true`. */
  readonly frozen?: true;
  readonly awaiting?: readonly string[];
  readonly failure?: { readonly message: string };
  readonly notLookedAt?: true;
  readonly detail: Detail;
  /** For the first of each group of causes to show; the other groups are counted. */
  readonly causeDetails: readonly Detail[];
}

export interface ShownCause {
  readonly instance: string;
  readonly via: readonly string[];
  readonly what:
    'changed' | 'differing' | 'forgotten' | 'lost' | 'new' | 'broken' | 'not-looked-at';
  readonly failure?: { readonly message: string };
  readonly changes: readonly Change[];
}

/**
 * Why an instance runs or ran: its differences, and the causes of its changed inputs.
 *
 * @param all one line per instance instead of one for those of a matrix that are alike
 */
export function explanationLines(e: ShownExplanation, style: Style, all = false): string[] {
  return [
    ...headLines(e, style, all),
    ...differenceLines(e, style, all),
    ...causeLines(e, style, all),
  ];
}

/** Causes of one stage with the same subjects become one. */
export function foldCauses<T extends ShownCause>(
  causes: readonly T[],
  all: boolean,
): readonly Folded<T>[] {
  const idOf = ({ instance }: T): string => instance;
  if (all) return unfolded(causes, idOf);
  return foldMatrix(causes, idOf, ({ what, failure, changes }) =>
    JSON.stringify([what, failure?.message, changes.map(({ kind, name }) => [kind, name])]),
  );
}

function headLines(e: ShownExplanation, style: Style, all: boolean): string[] {
  const lines = [`${style.bold(e.id)}: ${stateText(e)}`];
  if (e.key) lines.push(style.dim(`key ${e.key}`));
  if (e.made) {
    const first = e.first ? ', for the first time' : '';
    lines.push(`computed ${madeText(e.made)}${first}`);
  }
  if (e.lost)
    lines.push('files of that result are missing from the cache, so the instance runs again');
  if (e.failure) lines.push(`flow cannot compute its key: ${e.failure.message}`);
  if (e.awaiting && e.awaiting.length > 0) {
    lines.push(`awaits ${(all ? e.awaiting : foldNames(e.awaiting)).join(', ')}`);
  }
  return lines;
}

function stateText({ state, first, frozen, notLookedAt }: ShownExplanation): string {
  if (notLookedAt) {
    return 'flow did not look at it, because it starts no program of a project that you have not run: use flow run, or --trust';
  }
  switch (state) {
    case 'hit':
      if (frozen)
        return 'it is frozen: its newest result counts, whatever its code and command are';
      return 'its result is in the cache';
    case 'miss':
      return first ? 'the instance must run for the first time' : 'the instance must run';
    case 'ran':
      return first ? 'it ran for the first time' : 'there was no result';
    case 'awaiting':
      return 'an earlier stage must run first';
  }
}

function differenceLines(e: ShownExplanation, style: Style, all: boolean): string[] {
  if (!e.nearest) {
    const compared = ((e.state === 'miss' && !e.lost) || e.state === 'ran') && !e.first;
    return compared ? ['no earlier result to compare with'] : [];
  }
  const { instance, run } = e.nearest;
  if (!e.compared) {
    return [`its nearest result is that of ${instance} in run ${run}: add --nearest to compare`];
  }
  const whose = instance === e.id ? '' : ` of ${instance}`;
  if (e.changes.length === 0) return [`nothing changed since the result${whose} of run ${run}`];
  return [
    `compared with the result${whose} of run ${run}:`,
    '',
    ...changeLines(e.changes, e.origins, e.detail, style, all),
  ];
}

/** The causes of changed inputs, each with the path from the instance to it. */
function causeLines(
  { causes, causeDetails }: ShownExplanation,
  style: Style,
  all: boolean,
): string[] {
  const groups = foldCauses(causes, all);
  const lines = groups.slice(0, causeDetails.length).flatMap(({ name, items }, i) => {
    const [cause, ...others] = items;
    const way = others.length === 0 ? wayText(cause) : '';
    const title = `${style.bold(name)}: ${causeText(cause)}${way}`;
    if (cause.changes.length === 0) return ['', title];
    const detail = causeDetails[i] ?? { texts: [], folders: [] };
    const changes =
      others.length === 0
        ? changeLines(cause.changes, {}, detail, style, all)
        : unionLines([cause.changes, ...others.map((other) => other.changes)], style);
    return ['', title, ...changes];
  });
  const more = groups.length - causeDetails.length;
  return more > 0 ? [...lines, '', `… and ${more} more`] : lines;
}

function causeText({ what, failure }: ShownCause): string {
  switch (what) {
    case 'changed':
      return 'changed';
    case 'differing':
      return 'wrote other content for the same key: it is not deterministic';
    case 'forgotten':
      return 'its earlier result is no longer in the cache';
    case 'lost':
      return 'files of its result are missing from the cache';
    case 'new':
      return 'has never run';
    case 'not-looked-at':
      return NOT_LOOKED_AT;
    case 'broken':
      return failure?.message ?? 'flow cannot compute its key';
  }
}

function wayText({ via }: ShownCause): string {
  return via.length < 2 ? '' : ` (through ${via.slice(0, -1).join(', ')})`;
}
