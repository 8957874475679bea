import { digestBytes, hexOf } from '../../key/digest.ts';

// A sealed record is JSON text that ends with the digest of everything before it. So flow notices bytes
// that a disk has changed, or that a power cut has left out, before it believes one of them.

const BEFORE = ',"seal":"';
const AFTER = '"}';
const LENGTH = BEFORE.length + 64 + AFTER.length;

/** `value`: an object with at least one property. */
export function seal(value: object): string {
  const text = JSON.stringify(value).slice(0, -1);
  return text + BEFORE + hexOf(digestBytes(text)) + AFTER;
}

/** undefined: the text is not exactly what was sealed. */
export function unseal(text: string): unknown {
  const body = text.slice(0, -LENGTH);
  if (text.slice(body.length) !== BEFORE + hexOf(digestBytes(body)) + AFTER) return undefined;
  return JSON.parse(`${body}}`);
}
