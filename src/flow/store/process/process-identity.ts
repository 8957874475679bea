import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { digestBytes, hexOf } from '../../key/digest.ts';
import { errorCode } from '../../core/system-error.ts';
import { linkOf, statOf } from './proc.ts';

/**
 * Identifies one process permanently: a pid alone is reused, also after a reboot or in another
 * container. Fields are empty on systems without /proc.
 */
export interface ProcessIdentity {
  readonly host: string;
  readonly boot: string;
  readonly pidNamespace: string;
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly start: string;
}

let self: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  self ??= {
    host: hostname(),
    boot: bootId(),
    pidNamespace: linkOf('self', 'ns/pid') ?? '',
    pid: process.pid,
    start: startTime(process.pid) ?? '',
  };
  return self;
}

let space: string | undefined;

/** Where a pid means what it means here, eight digits: this boot of this host, in this container. */
export function pidSpace(): string {
  const { host, boot, pidNamespace } = ownIdentity();
  space ??= hexOf(digestBytes(JSON.stringify([host, boot, pidNamespace]))).slice(0, 8);
  return space;
}

/** `unknown`: it runs on another machine or in another container, so its state is unknown. */
export function lifeOf(other: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  const own = ownIdentity();
  if (other.host !== own.host) return 'unknown';
  if (other.boot !== own.boot) return 'dead';
  if (other.pidNamespace !== own.pidNamespace) return 'unknown';
  if (!pidExists(other.pid)) return 'dead';
  const start = startTime(other.pid);
  return other.start !== '' && start !== undefined && start !== other.start ? 'dead' : 'alive';
}

/** Of a record that holds host and pid only. */
export function mayBeAlive(host: string, pid: number): boolean {
  return host === hostname() && pidExists(pid);
}

export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { host, boot, pidNamespace, pid, start } = value as Partial<Record<string, unknown>>;
  if (typeof host !== 'string' || typeof boot !== 'string' || typeof start !== 'string') return;
  if (typeof pidNamespace !== 'string' || !Number.isSafeInteger(pid)) return undefined;
  return { host, boot, pidNamespace, pid: Number(pid), start };
}

export function pidExists(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function startTime(pid: number): string | undefined {
  const stat = statOf(pid);
  // A zombie has a pid but does not run.
  return stat?.state === 'Z' ? 'zombie' : stat?.start;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
