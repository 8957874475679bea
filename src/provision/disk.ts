// The places of a backend's parts during `add`, and the disk space that they need.
import { existsSync, lstatSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { InstalledName } from '../ml/backend/installed.ts';
import { ProvisionError } from './failure.ts';
import type { Pins, Wheel } from './pins.ts';

export const OTHER_FOLDER_HINT = 'set XDG_CACHE_HOME to another folder';

/** The leftovers of killed processes. Only the holder of the lock may remove them. */
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

/** Without the files that exist already, from an earlier attempt or from the user. */
export function bytesToFetch(
  wheels: readonly Wheel[],
  folders: readonly string[],
  downloads: string,
): number {
  const isWhole = ({ file }: Wheel) =>
    [...folders, downloads].some((folder) => existsSync(path.join(folder, file)));
  const partOf = ({ file }: Wheel) =>
    statSync(path.join(downloads, `${file}.part`), { throwIfNoEntry: false })?.size ?? 0;
  return wheels
    .filter((wheel) => !isWhole(wheel))
    .reduce((sum, wheel) => sum + wheel.bytes - partOf(wheel), 0);
}

export function unpackedBytes(wheels: readonly Wheel[]): number {
  return wheels.reduce((sum, { unpacked }) => sum + unpacked, 0);
}

/** @throws ProvisionError where the folder's disk has less room */
export function checkRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new ProvisionError(
    `${folder} has ${formatMegabytes(free)} free, but ${formatMegabytes(bytes)} are needed`,
    OTHER_FOLDER_HINT,
  );
}

/** The size of a file, or of all files below a folder. */
export function bytesOf(place: string): number {
  const stat = lstatSync(place);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(place).reduce((sum, name) => sum + bytesOf(path.join(place, name)), 0);
}

export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
