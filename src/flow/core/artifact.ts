import type { Digest } from './ids.ts';

/**
 * Content in the store. `file`: digest of the bytes. `tree`: digest of the tree's canonical listing.
 * `size`: bytes of the file, or of all files of the tree. Ordered so that a manifest can hold it.
 */
export type Artifact =
  | {
      readonly kind: 'file';
      readonly exec: boolean;
      readonly size: number;
      readonly digest: Digest;
    }
  | { readonly kind: 'tree'; readonly size: number; readonly digest: Digest };
