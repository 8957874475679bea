// One process at a time brings in a backend. A lock whose process is gone is nobody's.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ProvisionError } from './failure.ts';

export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  take(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A lock appears with its holder in it, so that none is ever nobody's while somebody has it. */
function take(file: string): void {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${process.pid} ${startOf(process.pid) ?? ''}\n`);
  try {
    for (let tries = 0; tries < 3; tries++) {
      try {
        return linkSync(own, file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const held = read(file);
      if (held === undefined) continue;
      const pid = holderOf(held);
      if (pid !== undefined) throw new ProvisionError(`process ${pid} is at it already`, `wait for it, or remove ${file}`); // prettier-ignore
      putAside(file, held, `${own}.stale`);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new ProvisionError(`cannot take ${file}`);
}

/** Two may find the same stale lock, and the slower one the faster one's new lock in its place. */
function putAside(file: string, stale: string, aside: string): void {
  try {
    renameSync(file, aside);
    if (read(aside) !== stale) linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @returns the process that holds it; undefined where it is gone */
function holderOf(held: string): number | undefined {
  const [, number, start = ''] = /^(\d+)(?: (\d*))?\n/.exec(held) ?? [];
  if (number === undefined) return undefined;
  const pid = Number(number);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  // Another process may have the number by now.
  return start === '' || startOf(pid) === start ? pid : undefined;
}

/** When a process started, in the kernel's ticks; undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 22; the second, a name in parentheses, may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
