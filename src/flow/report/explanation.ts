import type { Change } from '../key/explain.ts';
import { changeLines, type Detail, type Origins } from './changes.ts';
import { NOT_LOOKED_AT } from './plan-reasons.ts';
import type { Style } from './style.ts';

/** An explanation from engine/explain, with the changed texts and folders. */
export interface ShownExplanation {
  readonly id: string;
  readonly state: 'hit' | 'miss' | 'awaiting' | 'ran';
  readonly key?: string;
  readonly nearest?: { readonly run: string; readonly instance: string };
  readonly changes: readonly Change[];
  readonly origins: Origins;
  readonly causes: readonly ShownCause[];
  readonly made?: { readonly run: string; readonly at: string; readonly host: string };
  readonly lost?: true;
  readonly awaiting?: readonly string[];
  readonly failure?: { readonly message: string };
  readonly notLookedAt?: true;
  readonly detail: Detail;
  /** The number of causes to show; the others are counted. */
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

/** Why an instance runs or ran: its differences, and the causes of its changed inputs. */
export function explanationLines(e: ShownExplanation, style: Style): string[] {
  return [...headLines(e, style), ...differenceLines(e, style), ...causeLines(e, style)];
}

function headLines(e: ShownExplanation, style: Style): string[] {
  const lines = [`${style.bold(e.id)}: ${stateText(e)}`];
  if (e.key) lines.push(style.dim(`key ${e.key}`));
  if (e.made) lines.push(`computed by run ${e.made.run} at ${e.made.at} on ${e.made.host}`);
  if (e.lost)
    lines.push('files of that result are missing from the cache, so the instance runs again');
  if (e.failure) lines.push(`flow cannot compute its key: ${e.failure.message}`);
  if (e.awaiting && e.awaiting.length > 0) lines.push(`awaits ${e.awaiting.join(', ')}`);
  return lines;
}

function stateText({ state, notLookedAt }: ShownExplanation): string {
  if (notLookedAt) {
    return 'flow did not look at it, because it starts no program of a project that you have not run: use flow run, or --trust';
  }
  switch (state) {
    case 'hit':
      return 'its result is in the cache';
    case 'miss':
      return 'the instance must run';
    case 'ran':
      return 'there was no result';
    case 'awaiting':
      return 'an earlier stage must run first';
  }
}

function differenceLines(e: ShownExplanation, style: Style): string[] {
  if (!e.nearest) {
    const compared = (e.state === 'miss' && !e.lost) || e.state === 'ran';
    return compared ? ['no earlier result to compare with'] : [];
  }
  const { instance, run } = e.nearest;
  const whose = instance === e.id ? '' : ` of ${instance}`;
  if (e.changes.length === 0) return [`nothing changed since the result${whose} of run ${run}`];
  return [
    `compared with the result${whose} of run ${run}:`,
    '',
    ...changeLines(e.changes, e.origins, e.detail, style),
  ];
}

/** The causes of changed inputs, each with the path from the instance to it. */
function causeLines({ causes, causeDetails }: ShownExplanation, style: Style): string[] {
  const lines = causeDetails.flatMap((detail, i) => {
    const cause = causes[i];
    if (cause === undefined) return [];
    const title = `${style.bold(cause.instance)}: ${causeText(cause)}${wayText(cause)}`;
    if (cause.changes.length === 0) return ['', title];
    return ['', title, ...changeLines(cause.changes, {}, detail, style)];
  });
  const more = causes.length - causeDetails.length;
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
