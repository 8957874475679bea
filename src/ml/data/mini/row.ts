import type { Draw } from './draw.ts';
import type { Domain } from './world.ts';

export interface MiniRow {
  /** As in GLUE's files. */
  readonly label: string;
  readonly texts: readonly [string] | readonly [string, string];
  /** Whether the row states a fact of its domain, so that learning it helps other rows of the domain. */
  readonly teaches: boolean;
}

/** Draws one row of a task in a domain; the order of the draws is part of the world. */
export type RowMaker = (draw: Draw, domain: Domain) => MiniRow;
