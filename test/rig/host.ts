import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Pid of the process that starts the stages of a driver, once it is there. */
export async function hostOf(driver: number): Promise<number> {
  for (;;) {
    const host = childrenOf(driver).find((pid) => textOf(`/proc/${pid}/cmdline`).startsWith('flow host')); // prettier-ignore
    if (host !== undefined) return host;
    await sleep(5);
  }
}

/** Those of all its threads. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => textOf(`/proc/${pid}/task/${thread}/children`).split(' '))
    .filter((child) => child.trim() !== '')
    .map(Number);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
