import { setTimeout as delay } from 'node:timers/promises';
import { lives, processes, statOf } from '../../store/process/proc.ts';

// A stage has its own process group, so that flow can kill everything that it starts. Processes
// that call setsid leave the group: escapees.ts.

/** Milliseconds between TERM and KILL. */
export const gracePeriodMs = 5_000;

/** False: the group does not exist any more. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    // macOS returns EPERM for a group that contains only zombies.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}

/** Sends a signal to all processes of a group except its leader. */
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

/**
 * Kills the rest of a group and waits until it has ended, so that nothing of it can write any more.
 */
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
