import { readFileSync } from 'node:fs';
import { candidates, killAll } from './escapees.ts';
import { statOf } from './process-group.ts';

// What a process starts inherits its resource limits, through setsid, a cleared environment and any number
// of forks; and one of them means nothing to processes that are not scheduled in real time: RLIMIT_RTTIME,
// in microseconds. A driver sets its own to a number that nobody else has, more than a hundred years, and
// knows by it whatever its stages have left behind, at the end of the run.

let own: string | undefined;
let drivers = 0;

/**
 * The mark of this process; undefined where it bears another's (it is started by a stage), or there is
 * no /proc to read marks from. Who asks has to set it: `prlimit --pid PID --rttime=MARK:`.
 */
export function ownMark(): string | undefined {
  if (own === undefined && limitOf('self') === 'unlimited') {
    own = String(2 ** 52 + Math.floor(Math.random() * 2 ** 51));
  }
  return own;
}

/** A run begins that may start stages; returns what ends it. */
export function countDriver(): () => void {
  drivers += 1;
  return () => {
    drivers -= 1;
  };
}

/**
 * KILLs what bears this process's mark and is in another session, as stages are and what they start:
 * called when no stage runs. Returns how many there were.
 *
 * @param since a pid from before the first stage; `ageMs`: how long ago that was
 */
export async function endMarked(since: number, ageMs: number): Promise<number> {
  // Of two runs in one process the other's stages may still run.
  if (own === undefined || drivers > 1) return 0;
  const session = statOf(process.pid)?.session;
  return killAll(() =>
    candidates(since, ageMs).filter((pid) => limitOf(pid) === own && isOther(pid, session)),
  );
}

/**
 * It bears this process's mark and is in a session that is neither this one's nor one of these.
 * `starter`: whose children are stages, which this process may not know yet.
 */
export function isMarkedStranger(
  pid: number,
  sessions: ReadonlySet<number>,
  starter: number | undefined,
): boolean {
  if (own === undefined || limitOf(pid) !== own) return false;
  const stat = statOf(pid);
  if (stat === undefined || sessions.has(stat.session) || stat.parent === starter) return false;
  return isOther(pid, sessionOfOwn());
}

let ownSession: number | undefined;
const sessionOfOwn = (): number | undefined => (ownSession ??= statOf(process.pid)?.session);

function isOther(pid: number, session: number | undefined): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.session !== session && stat.state !== 'Z';
}

/** Soft RLIMIT_RTTIME. */
function limitOf(pid: number | 'self'): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/limits`, 'latin1');
    return /^Max realtime timeout +(\w+)/m.exec(text)?.[1];
  } catch {
    return undefined;
  }
}
