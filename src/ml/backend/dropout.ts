// Dropout's masks are hashes of a key and an element's number, so that they need no memory, can be made
// in any order, and are the same on every backend.

/** The key of one operation of one step. */
export function dropoutKey(step: number, operation: number): number {
  return hash(step, operation);
}

/** Element i is dropped where `hash(key, i)` is below this. */
export function dropoutThreshold(rate: number): number {
  return Math.round(rate * 2 ** 32);
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain) over key + i * golden ratio; u32. */
export function hash(key: number, element: number): number {
  let h = (key + Math.imul(element, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The number of an attention probability: of the query at `token`, counted over the batch, to the
 * key at `place` of its row. `longest` is the longest row of the batch.
 */
export function attentionElement(
  token: number,
  head: number,
  place: number,
  heads: number,
  longest: number,
): number {
  return (token * heads + head) * longest + place;
}
