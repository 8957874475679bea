// Branded strings: a digest cannot be passed as a key or as a plain string. Only one folder makes
// each brand: key/ digests and keys, pipeline/ instance ids, store/ run ids.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `sha256:<64 hex>` of bytes. */
export type Digest = Branded<'Digest'>;

/** `sha256:<64 hex>` of an action's manifest. */
export type ActionKey = Branded<'ActionKey'>;

/** `train-td@disc=bce,seed=0`: a stage and its axes in declaration order. */
export type InstanceId = Branded<'InstanceId'>;

/** `20261123-175959-3f9a2c`: sortable by time, unique in one cache. */
export type RunId = Branded<'RunId'>;

declare const FLOW_BUILD: string | undefined;

/**
 * Identifies the code of this flow. It changes with every change of flow, so that one build does not
 * trust what another remembered. It is constant when flow runs from source, where nothing is bundled.
 */
export const build = typeof FLOW_BUILD === 'string' ? FLOW_BUILD : 'source';
