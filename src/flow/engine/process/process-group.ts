import { setTimeout as delay } from 'node:timers/promises';
import { lives, processes, statOf } from '../../store/process/proc.ts';

// A stage is a process group of its own, so that whatever it starts can be ended with it. What calls setsid
// leaves the group: escapees.ts.

/** Milliseconds between TERM and KILL. */
export const gracePeriodMs = 5_000;

/** false: the group is gone. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    // macOS answers EPERM for a group in which only zombies are left.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}

/** To all of a group but its leader. */
export function signalFollowers(group: number, signal: NodeJS.Signals): void {
  for (const pid of processes()) {
    if (pid === group || statOf(pid)?.group !== group) continue;
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}

/** KILLs what is left of a group and waits until it has ended: nothing of it writes any more. */
export async function endGroup(group: number): Promise<void> {
  if (!signalGroup(group, 'SIGKILL')) return;
  // A group of unreaped zombies never leaves the process table, so zombies count as ended.
  for (let waited = 0; waited < 2_000 && groupLives(group); waited += 5) await delay(5);
}

/** Waits until a group has ended by itself, at most until then, by performance.now(). */
export async function groupEnds(group: number, until: () => number): Promise<void> {
  while (groupLives(group) && performance.now() < until()) await delay(20);
}

function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  const others = processes();
  if (others.length === 0) return true; // no /proc: believe the signal
  return others.some((pid) => statOf(pid)?.group === group && lives(pid));
}
