import type { Commit } from '../core/run-record.ts';

/** `0.4 s`, `12.3 s`, `4 min 05 s`, `2 h 07 min`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad2(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad2(minutes % 60)} min`;
}

/** An age in one unit: `8 s`, `12 min`, `3 h`, `5 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** For a line that changes ten times a second: `0:07`, `12:40`, `2:03:00`. */
export function formatClock(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const seconds = pad2(whole % 60);
  return hours > 0 ? `${hours}:${pad2(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** Decimal units, as manufacturers of disks use: `812 B`, `4.1 kB`, `2.3 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB', 'TB']) {
    if (value < 999.5) return unit === 'B' ? `${value} B` : `${value.toPrecision(3)} ${unit}`;
    value /= 1000;
  }
  return `${value.toFixed(1)} PB`;
}

/** Items per second, three digits: `0.25`, `41.7`, `2,890`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 99.95) return formatCount(Math.round(perSecond));
  if (perSecond >= 9.995) return perSecond.toFixed(1);
  return perSecond.toFixed(2);
}

/** `1,234,567`; the same in every locale. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 stage`, `2 stages`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** The first 12 hex digits, which are enough for users. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** `0123456789ab`, with a note on changes that the commit does not contain. */
export function formatCommit({ id, clean }: Commit): string {
  return `${id.slice(0, 12)}${clean ? '' : ' with uncommitted changes'}`;
}

const pad2 = (n: number): string => String(n).padStart(2, '0');
