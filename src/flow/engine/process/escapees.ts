import { errorCode } from '../../core/system-error.ts';
import { existsSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processes, statOf } from './process-group.ts';

// A process that calls setsid leaves the group of its stage. On Linux it is still known by what it
// carries: TMPDIR in its environment, which is a path of this attempt alone, or, where the environment
// was cleared, a working directory in the scratch folder or the log as its output. What cleared the first
// and left the others, too, can only be held by a PID namespace.

export interface Traces {
  /** Absolute path of the attempt's scratch folder. */
  readonly scratch: string;
  /** Absolute path of its log. */
  readonly log: string;
}

/** Pids between the stage's and the last one given out, below which they are tried one by one. */
const narrowWindow = 256;
/** After so many milliseconds pids may have gone round: all of them are looked at. */
const surelyNoRound = 10_000;
/** Longest wait for a killed process to end, in milliseconds. */
const endsWithin = 2_000;

export interface Escaped {
  /** How many there were. */
  readonly ended: number;
  /** What may have been started since the leader was and still runs, but bears no trace of its stage. */
  readonly others: readonly number[];
}

/**
 * KILLs what escaped from the group of a stage and waits until it has ended. None where there is no
 * /proc. `ageMs`: how long ago the leader was started.
 */
export async function endEscapees(leader: number, traces: Traces, ageMs: number): Promise<Escaped> {
  let real: Traces | undefined;
  const asTheySee = (): Traces =>
    (real ??= { scratch: realpathSync(traces.scratch), log: realpathSync(traces.log) });
  let others: number[] = [];
  const ended = await killAll(() => {
    others = [];
    return candidates(leader, ageMs).filter((pid) => {
      if (pid === leader) return false;
      const found = bears(pid, traces, asTheySee);
      if (found === 'no') others.push(pid);
      return found === 'yes';
    });
  });
  return { ended, others };
}

/** KILLs what is found until nothing is; returns how many there were. */
export async function killAll(find: () => readonly number[]): Promise<number> {
  const killed = new Set<number>();
  for (let waited = 0; waited <= endsWithin; waited += 5) {
    const found = find();
    if (found.length === 0) break;
    for (const pid of found) {
      killed.add(pid);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended, or belongs to someone else.
      }
    }
    // It may have started another in between: looked at again until none is found.
    await delay(5);
  }
  return killed.size;
}

/** KILLs what dead drivers have left running in these folders of theirs, scratch folders in them. */
export function endStrays(folders: readonly string[]): Promise<number> {
  if (folders.length === 0) return Promise.resolve(0);
  return killAll(() => processes().filter((pid) => folders.some((folder) => strayed(pid, folder))));
}

function strayed(pid: number, folder: string): boolean {
  try {
    const inside = Buffer.from(`\0TMPDIR=${folder}/`).toString('latin1');
    if (`\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(inside)) return true;
    return standsIn(pid, realpathSync(folder)) && statOf(pid)?.terminal === 0;
  } catch {
    // It has ended, or belongs to someone else.
    return false;
  }
}

/** Processes that may have been started since the leader was. */
export function candidates(leader: number, ageMs: number): readonly number[] {
  const last = ageMs < surelyNoRound ? lastPid() : 0;
  if (last < leader) return processes();
  if (last - leader > narrowWindow) return processes().filter((pid) => pid > leader);
  return Array.from({ length: last - leader }, (_, index) => leader + 1 + index);
}

/** The pid given out last, in this PID namespace; 0: not known. */
function lastPid(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ').at(-1));
  } catch {
    return 0;
  }
}

/** `real`: the same without symbolic links, as /proc tells paths. */
function bears(pid: number, { scratch }: Traces, real: () => Traces): 'yes' | 'no' | 'gone' {
  // Most have ended by now, and an error costs more than a look.
  if (!existsSync(`/proc/${pid}`)) return 'gone';
  let environment: string;
  try {
    environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'gone' : 'no';
  }
  try {
    const tmpdir = Buffer.from(path.join(scratch, 'tmp')).toString('latin1');
    if (`\0${environment}`.includes(`\0TMPDIR=${tmpdir}\0`)) return 'yes';
    if (!standsIn(pid, real().scratch) && !writesTo(pid, real().log)) return 'no';
    // A person's shell that looks into the folder has a terminal; what called setsid has none.
    return statOf(pid)?.terminal === 0 ? 'yes' : 'no';
  } catch {
    // It has ended, or belongs to someone else.
    return 'no';
  }
}

function standsIn(pid: number, folder: string): boolean {
  return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${folder}/`);
}

function writesTo(pid: number, log: string): boolean {
  return ['1', '2'].some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === log);
}

function linkOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
