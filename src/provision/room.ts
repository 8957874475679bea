// What room a backend needs on the disk while it is brought in.
import { existsSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { ProvisionError } from './failure.ts';
import type { Wheel } from './fetch/pins.ts';
import { formatMegabytes } from './size.ts';

export const ELSEWHERE = 'XDG_CACHE_HOME names another folder';

/** Without what lies here already, from an earlier try or by hand. */
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
    `${folder} has room for ${formatMegabytes(free)}: ${formatMegabytes(bytes)} are needed`,
    ELSEWHERE,
  );
}
