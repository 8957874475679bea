import type { ActionKey } from '../core/ids.ts';
import { canonicalJson } from './canonical.ts';
import { digestBytes } from './digest.ts';
import type { Manifest } from './manifest.ts';

/**
 * Names the form of the pre-image. A new form gets a new number and a line in docs/keys.md ("Versions"):
 * every key changes with it, so every cache starts afresh.
 */
const RECORD_TYPE = 'flow.action.v1';

/** The text that is hashed. */
export function keyPreimage(manifest: Manifest): string {
  return `${RECORD_TYPE}\n${canonicalJson(manifest)}`;
}

export function actionKey(manifest: Manifest): ActionKey {
  return digestBytes(keyPreimage(manifest)) as string as ActionKey;
}
