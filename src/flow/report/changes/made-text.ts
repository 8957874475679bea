import { ADOPTED } from '../../core/names.ts';

interface Made {
  readonly run: string;
  /** In ISO 8601. */
  readonly at: string;
  readonly host: string;
}

/** Who made a result: `by run 20261201-… at … on …`. */
export function madeText({ run, at, host }: Made): string {
  return run === ADOPTED
    ? `elsewhere, adopted at ${at} on ${host}`
    : `by run ${run} at ${at} on ${host}`;
}
