import { artifactName } from '../core/names.ts';
import { isCollected, itemName } from './explain.ts';
import type { Explained } from './explain.ts';
import type { InputOrigin } from './manifest.ts';

/** The origin of each input, by the name of the input in a difference. */
export function originsOf({ manifest, provenance }: Explained): ReadonlyMap<string, InputOrigin> {
  const origins = new Map<string, InputOrigin>();
  for (const [name, input] of Object.entries(manifest.inputs)) {
    const origin = provenance.inputs[name];
    if (origin === undefined) continue;
    if (!isCollected(input)) {
      if (!isMany(origin)) origins.set(name, origin);
    } else if (isMany(origin)) {
      for (const [index, { axes }] of input.entries()) {
        const one = origin[index];
        if (one !== undefined) origins.set(itemName(name, axes), one);
      }
    }
  }
  return origins;
}

function isMany(origin: InputOrigin | readonly InputOrigin[]): origin is readonly InputOrigin[] {
  return Array.isArray(origin);
}

/** In the form of a reference: `train.model@seed=0`; for a source, its path. */
export function originText(origin: InputOrigin): string {
  if ('source' in origin) return origin.in_place ? `${origin.source} (in place)` : origin.source;
  return artifactName(origin.instance, origin.output);
}
