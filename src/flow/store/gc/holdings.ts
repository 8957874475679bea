import type { Digest } from '../../core/ids.ts';

/** Counts the holders of each blob, so that it knows which blobs are removed with a holder. */
export class Holdings {
  readonly #trees: ReadonlyMap<Digest, readonly Digest[]>;
  readonly #sizes: ReadonlyMap<Digest, number>;
  readonly #holders = new Map<Digest, number>();
  #bytes = 0;

  /** `trees`: listing -> what it lists. `sizes`: bytes of all blobs of a digest, exec or not. */
  constructor(trees: ReadonlyMap<Digest, readonly Digest[]>, sizes: ReadonlyMap<Digest, number>) {
    this.#trees = trees;
    this.#sizes = sizes;
  }

  /** Of everything that is held. */
  get bytes(): number {
    return this.#bytes;
  }

  holders(digest: Digest): number {
    return this.#holders.get(digest) ?? 0;
  }

  add(digests: Iterable<Digest>): void {
    for (const digest of digests) {
      const before = this.holders(digest);
      this.#holders.set(digest, before + 1);
      if (before > 0) continue;
      this.#bytes += this.#sizes.get(digest) ?? 0;
      this.add(this.#trees.get(digest) ?? []);
    }
  }

  remove(digests: Iterable<Digest>): void {
    for (const digest of digests) {
      const left = this.holders(digest) - 1;
      if (left < 0) throw new Error(`Internal error: nobody holds ${digest}`);
      if (left > 0) {
        this.#holders.set(digest, left);
        continue;
      }
      this.#holders.delete(digest);
      this.#bytes -= this.#sizes.get(digest) ?? 0;
      this.remove(this.#trees.get(digest) ?? []);
    }
  }
}
