import { existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { InstalledName } from '../../ml/backend/installed.ts';
import { bytesOf, downloadsOf, leftovers, removeAll } from '../disk.ts';
import { withLock } from './lock.ts';
import type { Pins } from '../pins.ts';

/**
 * Removes a backend, and the leftovers of an interrupted `add`.
 *
 * @returns how many bytes that were; undefined where there was nothing
 */
export async function removeBackend(
  name: InstalledName,
  folder: string,
  pins: Pins,
): Promise<number | undefined> {
  const own = path.join(folder, name);
  const found = () =>
    [own, ...leftovers(name, folder), ...downloadsOf(name, folder, pins)].filter((place) => existsSync(place)); // prettier-ignore
  if (found().length === 0) return undefined;
  return withLock(path.join(folder, `${name}.lock`), async () => {
    const bytes = found().reduce((sum, place) => sum + bytesOf(place), 0);
    // In one step, so that nobody finds a half-removed backend.
    if (existsSync(own)) renameSync(own, path.join(folder, `.${name}.gone.${process.pid}`));
    removeAll(found());
    return bytes;
  });
}
