import type { Json, JsonObject } from '../../core/json.ts';
import type { Span } from '../source-file.ts';

// A YAML document as plain data with positions: aliases resolved, keys strings, every number exact.

export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  /** A number written with a point or an exponent: `1.0`. */
  readonly fractional?: boolean;
  /** A number as it is written, if its value has fewer zeros: `3.10`, `007`. */
  readonly written?: string;
  readonly span: Span;
}

export interface ListTree {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly span: Span;
}

export interface MapTree {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly span: Span;
}

export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Tree;
}

/**
 * The data without positions. Maps have no prototype, so that no key has a meaning in JavaScript.
 */
export function plain(tree: Tree): Json {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plain);
    case 'map': {
      const object = Object.create(null) as Record<string, Json>;
      for (const [key, entry] of tree.entries) object[key] = plain(entry.value);
      return object as JsonObject;
    }
  }
}

/** Follows keys and indices; undefined if the place does not exist. */
export function child(
  tree: Tree | undefined,
  ...path: readonly (string | number)[]
): Tree | undefined {
  let at = tree;
  for (const step of path) {
    if (at?.kind === 'map') at = at.entries.get(String(step))?.value;
    else if (at?.kind === 'list') at = at.items[Number(step)];
    else return undefined;
  }
  return at;
}
