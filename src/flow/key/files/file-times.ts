import { statfsSync } from 'node:fs';

// What the times of a file prove about its bytes, for all memos that contain digests.

/**
 * After a second change within one tick of the file system's clock, a file has the same times. So
 * times that are this close to the moment of reading prove nothing. FAT has the longest tick.
 */
export const UNTRUSTED_MS = 2000;

/** Linux stamps files with a clock that lags by up to a timer tick: 10 ms where it ticks 100 times a second. */
export const CLOCK_LAG_MS = 12;

/** A moment with which the times of files are compared later. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly wallMs: number;
  /** A monotonic time. */
  readonly steadyMs: number;
}

export const thisMoment = (): Moment => ({ wallMs: Date.now(), steadyMs: performance.now() });

/** Whether the wall clock was set back since. A later change can then have an earlier time. */
export function wasSetBack({ wallMs, steadyMs }: Moment): boolean {
  return Date.now() - wallMs < performance.now() - steadyMs - CLOCK_LAG_MS;
}

/**
 * `f_type` of Linux file systems whose ctime nobody can set and every change moves: ext2-4, xfs, btrfs,
 * tmpfs, overlay, f2fs, zfs, bcachefs, nfs, ceph, lustre, gpfs, squashfs, erofs, iso9660. Others are read
 * again: FAT has no ctime of its own, so that `touch -r` hides an edit; FUSE and SMB may have none either.
 */
const TRUSTED = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0xca451a4e,
  0x6969, 0x00c36400, 0x0bd00bd0, 0x47504653, 0x73717368, 0xe0f5e1e2, 0x9660,
]);

/** By device number. */
const known = new Map<bigint, boolean>();

/** Whether every change of this file shows in its times. */
export function timesTell(path: string, device: bigint): boolean {
  let tell = known.get(device);
  if (tell === undefined) {
    // Only Linux has these numbers. Elsewhere, all common file systems have a reliable ctime.
    tell = process.platform !== 'linux' || TRUSTED.has(statfsSync(path).type);
    known.set(device, tell);
  }
  return tell;
}
