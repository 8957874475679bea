// Where the parts of a backend lie while it is brought in.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { InstalledName } from '../ml/backend/installed.ts';
import type { Pins, Wheel } from './fetch/pins.ts';

/** What processes that were killed left half done. Only the lock's holder may touch it. */
export function leftovers(name: InstalledName, folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.startsWith(`.${name}.`))
    .map((file) => path.join(folder, file));
}

export function downloadsOf(name: InstalledName, folder: string, pins: Pins): readonly string[] {
  return wheelsOf(name, pins).flatMap(({ file }) => {
    const whole = path.join(downloadsFolder(folder), file);
    return [whole, `${whole}.part`];
  });
}

export function wheelsOf(name: InstalledName, pins: Pins): readonly Wheel[] {
  switch (name) {
    case 'tensorflow':
      return [pins.tensorflowCpu];
    case 'tensorflow-gpu':
      return [pins.tensorflowCuda, ...pins.cuda];
    case 'webgpu':
      return [];
  }
}

export function downloadsFolder(folder: string): string {
  return path.join(folder, '..', 'downloads');
}

export function removeAll(places: readonly string[]): void {
  for (const place of places) rmSync(place, { recursive: true, force: true });
}
