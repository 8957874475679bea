import type { ActionKey } from '../../core/ids.ts';
import { canonicalJson } from '../canonical.ts';
import { digestBytes } from '../digest.ts';
import type { Manifest } from '../manifest.ts';

/**
 * The version of the text that is hashed. A new form gets a new number and a line in docs/key-
 * format.md ("Versions"). All keys then change, so every cache starts again from zero.
 */
const RECORD_TYPE = 'flow.action.v1';

/** All instances of a stage share their list of packages, which is the longest part of most manifests. */
const packageTexts = new WeakMap<object, string>();

/** The text that is hashed. */
export function keyPreimage(manifest: Manifest): string {
  const { packages } = manifest;
  if (packages !== undefined && !packageTexts.has(packages)) {
    packageTexts.set(packages, canonicalJson(packages));
  }
  return `${RECORD_TYPE}\n${canonicalJson(manifest, packageTexts)}`;
}

export function actionKey(manifest: Manifest): ActionKey {
  return digestBytes(keyPreimage(manifest)) as string as ActionKey;
}
