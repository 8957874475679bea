import type { Digest } from '../../core/ids.ts';

export interface Blob {
  readonly digest: Digest;
  readonly size: number;
  readonly exec: boolean;
}
