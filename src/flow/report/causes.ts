import type { Change } from '../key/explain.ts';
import { changeLines } from './explanation.ts';
import type { Detail } from './explanation.ts';
import type { Style } from './style.ts';

/** As the engine finds it (engine/root-causes.ts). */
export interface ShownCause {
  readonly instance: string;
  readonly via: readonly string[];
  readonly what: 'changed' | 'differing' | 'forgotten' | 'lost' | 'new' | 'broken';
  readonly failure?: { readonly message: string };
  readonly changes: readonly Change[];
}

/** What made inputs differ, each with the way from the instance to it; `more` are not shown. */
export function causeLines(
  causes: readonly (ShownCause & { readonly detail: Detail })[],
  more: number,
  style: Style,
): string[] {
  const lines = causes.flatMap((cause) => {
    const title = `${style.bold(cause.instance)}: ${causeText(cause)}${wayText(cause)}`;
    if (cause.changes.length === 0) return ['', title];
    return ['', title, ...changeLines(cause.changes, {}, cause.detail, style)];
  });
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
    case 'broken':
      return failure?.message ?? 'flow cannot compute its key';
  }
}

function wayText({ via }: ShownCause): string {
  return via.length < 2 ? '' : ` (through ${via.slice(0, -1).join(', ')})`;
}
