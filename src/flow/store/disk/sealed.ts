import { digestBytes, hexOf } from '../../key/digest.ts';

// A record that decides what counts as a result ends with the digest of all that stands before it: bytes
// that a disk has changed or a power cut has left out show before one of them is believed. Still JSON.

const BEFORE = ',"seal":"';
const AFTER = '"}';
const LENGTH = BEFORE.length + 64 + AFTER.length;

/** `value`: an object with at least one property. */
export function seal(value: object): string {
  const text = JSON.stringify(value).slice(0, -1);
  return text + BEFORE + hexOf(digestBytes(text)) + AFTER;
}

/** undefined: not what was sealed. */
export function unseal(text: string): unknown {
  const body = text.slice(0, -LENGTH);
  if (text.slice(body.length) !== BEFORE + hexOf(digestBytes(body)) + AFTER) return undefined;
  return JSON.parse(`${body}}`);
}
