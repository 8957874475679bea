import type { Digest } from './ids.ts';

/**
 * Content in the store. `digest` is the SHA-256 of a file's bytes or of a tree's canonical listing.
 * `size` is the number of bytes of the file, or of all files of the tree. The members are ordered
 * as a manifest needs them.
 */
export type Artifact =
  | {
      readonly kind: 'file';
      readonly exec: boolean;
      readonly size: number;
      readonly digest: Digest;
    }
  | { readonly kind: 'tree'; readonly size: number; readonly digest: Digest };
