// The stage contract, version 1 (docs/stage-contract.md): what `stage.json` holds. Language-neutral;
// this file is its TypeScript reading.

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type Axes = Readonly<Record<string, string | number | boolean>>;

/** One instance's artifact among several: its axes, and its path relative to the scratch folder. */
export interface Collected {
  readonly axes: Axes;
  readonly path: string;
}

export interface StageFile {
  readonly contract: 1;
  /** The declared params and every axis. */
  readonly params: Readonly<Record<string, Json>>;
  readonly inputs: Readonly<Record<string, string | readonly Collected[]>>;
  readonly outputs: Readonly<Record<string, string>>;
  /** A folder that survives a crash of this action; empty on a first attempt. */
  readonly checkpoint: string;
}
