// Every random number of the learning comes from here. `Math.random` is not used anywhere.

/** Uniform u32 source. */
export type NextU32 = () => number;

/** mulberry32 (Tommy Ettinger, public domain): the generator that MINI's world is defined by. */
export function mulberry32(seed: number): NextU32 {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** The generator's whole state, so that a checkpoint resumes it: three u32 words and a counter. */
export type StreamState = readonly [number, number, number, number];

/**
 * A named stream: sfc32 (Chris Doty-Humphrey, PractRand; public domain) seeded by the seed and a
 * name, so that init, shuffle and dropout never disturb each other.
 */
export class Stream {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(state: StreamState) {
    [this.#a, this.#b, this.#c, this.#counter] = state;
  }

  static named(seed: number, ...names: readonly string[]): Stream {
    const label = names.join('/');
    const stream = new Stream([fnv1a(label, seed), fnv1a(label, ~seed), seed | 0, 1]);
    for (let i = 0; i < 15; i++) stream.u32();
    return stream;
  }

  get state(): StreamState {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  u32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1), 32 bits of resolution. */
  float(): number {
    return this.u32() / 2 ** 32;
  }

  /** Uniform integer in [0, n), n up to 2^32, without bias (rejection). */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const x = this.u32();
      if (x < limit) return x % n;
    }
  }

  /** Standard normal by Marsaglia's polar method; only log and sqrt, which V8 rounds alike everywhere. */
  normal(): number {
    for (;;) {
      const x = 2 * this.float() - 1;
      const y = 2 * this.float() - 1;
      const s = x * x + y * y;
      if (s > 0 && s < 1) return x * Math.sqrt((-2 * Math.log(s)) / s);
    }
  }

  /** Fisher-Yates from the end, in place. */
  shuffle<T extends { length: number; [i: number]: V }, V>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = items[i] as V;
      items[i] = items[j] as V;
      items[j] = kept;
    }
    return items;
  }
}

/** FNV-1a over UTF-16 code units, mixed with a seed. */
function fnv1a(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
