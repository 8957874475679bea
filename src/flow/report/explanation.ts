import type { Change } from '../key/explain.ts';
import { changeLines, type Detail, type Origins } from './changes.ts';
import type { Style } from './style.ts';

/** As the engine finds it (engine/explain), with the texts and folders that changed. */
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
  readonly detail: Detail;
  /** Of the first causes, in their order; the others are counted. */
  readonly causeDetails: readonly Detail[];
}

export interface ShownCause {
  readonly instance: string;
  readonly via: readonly string[];
  readonly what: 'changed' | 'differing' | 'forgotten' | 'lost' | 'new' | 'broken';
  readonly failure?: { readonly message: string };
  readonly changes: readonly Change[];
}

/** Why an instance runs or ran: its differences, and what its inputs differ by. */
export function explanationLines(e: ShownExplanation, style: Style): string[] {
  return [...headLines(e, style), ...differenceLines(e, style), ...causeLines(e, style)];
}

function headLines(e: ShownExplanation, style: Style): string[] {
  const lines = [`${style.bold(e.id)}: ${stateText(e)}`];
  if (e.key) lines.push(style.dim(`key ${e.key}`));
  if (e.made) lines.push(`made by run ${e.made.run} at ${e.made.at} on ${e.made.host}`);
  if (e.lost) lines.push('the cache has lost files of that result: it is made again');
  if (e.failure) lines.push(`its key cannot be computed: ${e.failure.message}`);
  if (e.awaiting && e.awaiting.length > 0) lines.push(`awaits ${e.awaiting.join(', ')}`);
  return lines;
}

function stateText({ state }: ShownExplanation): string {
  switch (state) {
    case 'hit':
      return 'its result is in the cache';
    case 'miss':
      return 'it has to run';
    case 'ran':
      return 'it had no result yet';
    case 'awaiting':
      return 'a stage before it has to run first';
  }
}

function differenceLines(e: ShownExplanation, style: Style): string[] {
  if (!e.nearest) {
    const compared = (e.state === 'miss' && !e.lost) || e.state === 'ran';
    return compared ? ['no earlier result to compare with'] : [];
  }
  const { instance, run } = e.nearest;
  const whose = instance === e.id ? '' : ` of ${instance}`;
  if (e.changes.length === 0) return [`same as the result${whose} of run ${run}: nothing changed`];
  return [
    `compared with the result${whose} of run ${run}:`,
    '',
    ...changeLines(e.changes, e.origins, e.detail, style),
  ];
}

/** What made inputs differ, each with the way from the instance to it. */
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
      return 'made other bytes from the same key: it is not deterministic';
    case 'forgotten':
      return 'its earlier result is no longer in the cache';
    case 'lost':
      return 'the cache has lost files of its result';
    case 'new':
      return 'has never run';
    case 'broken':
      return failure?.message ?? 'its key cannot be computed';
  }
}

function wayText({ via }: ShownCause): string {
  return via.length < 2 ? '' : ` (by way of ${via.slice(0, -1).join(', ')})`;
}
