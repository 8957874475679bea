// Only one process at a time adds or removes a backend. The lock of a process that has ended does not count.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from '../../flow/core/system-error.ts';
import { lifeOf, ownIdentity, parseIdentity } from '../../flow/store/process/process-identity.ts';
import type { ProcessIdentity } from '../../flow/store/process/process-identity.ts';
import { ProvisionError } from '../failure.ts';

export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  take(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A lock file appears with its holder in it, so that a lock that is held never looks free. */
function take(file: string): void {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify(ownIdentity()));
  try {
    for (let tries = 0; tries < 3; tries++) {
      try {
        return linkSync(own, file);
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
      const held = read(file);
      if (held === undefined) continue;
      const holder = holderOf(held);
      if (holder !== undefined && lifeOf(holder) !== 'dead') {
        const { pid, host } = holder;
        throw new ProvisionError(`process ${pid} on ${host} is running it already`, `wait for it, or remove ${file}`); // prettier-ignore
      }
      putAside(file, held, `${own}.stale`);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new ProvisionError(`cannot take ${file}`);
}

/** Two processes can find the same stale lock. The slower one must not remove the new lock of the faster one. */
function putAside(file: string, stale: string, aside: string): void {
  try {
    renameSync(file, aside);
    if (read(aside) !== stale) linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** undefined: the file is not one of these locks. */
function holderOf(held: string): ProcessIdentity | undefined {
  try {
    return parseIdentity(JSON.parse(held));
  } catch {
    return undefined;
  }
}
