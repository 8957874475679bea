import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

// A stage is the leader of its own process group (spawned detached), so that whatever it starts can be
// ended with it. What calls setsid leaves the group: escapees.ts.

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

/** Waits until a group has ended by itself, at most so long. */
export async function groupEnds(
  group: number,
  withinMs: number,
  clock: () => number,
): Promise<void> {
  const until = clock() + withinMs;
  while (groupLives(group) && clock() < until) await delay(20);
}

export function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  const members = processes().map((pid) => statOf(pid));
  if (members.length === 0) return true; // no /proc: believe the signal
  return members.some((stat) => stat?.group === group && stat.state !== 'Z' && stat.state !== 'X');
}

/** Pids of all other processes; none without a /proc. */
export function processes(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/u.test(name))
      .map(Number)
      .filter((pid) => pid !== process.pid);
  } catch {
    return [];
  }
}

export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Device number of the controlling terminal; 0: none. */
  readonly terminal: number;
}

export function statOf(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // `pid (name) state ppid pgrp session tty …`; the name may hold anything, spaces and brackets too.
    const [state, parent, group, session, terminal] = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ');
    return {
      state: state ?? '',
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      terminal: Number(terminal),
    };
  } catch {
    return undefined;
  }
}
