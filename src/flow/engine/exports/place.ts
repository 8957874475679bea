import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { isInside } from '../../key/paths.ts';

/**
 * Why an export may not be written where its path leads on this disk, if it may not: a folder on the way
 * can be a link that leads out of the project, or into the cache, which no path in a text shows.
 */
export function refusedPlace(root: string, shown: string, cacheRoot: string): string | undefined {
  const target = path.join(root, shown);
  const folder = deepestThere(path.dirname(target));
  const real = realOrUndefined(folder);
  if (real === undefined) {
    return `it lies behind a link that leads nowhere: ${nameOf(folder, root)}`;
  }
  if (!isInside(realpathSync(root), real)) {
    return `it would lie outside the project, in ${real}, where ${nameOf(folder, root)} leads as a link: export it into a folder of the project`;
  }
  const whole = path.join(real, path.relative(folder, target));
  if (isInside(realOrUndefined(cacheRoot) ?? cacheRoot, whole)) {
    return `it would lie in the cache (${whole}), which holds only flow's own files: export it elsewhere`;
  }
  return undefined;
}

/** Links count as there, whether or not they lead anywhere. */
function deepestThere(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    if (lstatSync(at, { throwIfNoEntry: false }) !== undefined || path.dirname(at) === at)
      return at;
  }
}

function realOrUndefined(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}

const nameOf = (folder: string, root: string): string => path.relative(root, folder) || '.';
