import { readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { endEscapees } from './escapees.ts';
import type { Traces } from './escapees.ts';
import type { Ending, Wrapper } from './executor.ts';
import { signalFollowers, statOf } from './process-group.ts';

// A stage's command that runs as the child of bubblewrap or strace, which is the leader of its group.

const checkEveryMs = 100;
const signals = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** bubblewrap exits, as a shell does, with 128 and the number of the signal that ended its child. */
export function asWrapped(ending: Ending, wrapper: Wrapper | undefined): Ending {
  if (wrapper?.by !== 'bubblewrap' || ending.kind !== 'exit') return ending;
  const signal = signals.get(ending.code - 128);
  return signal === undefined ? ending : { kind: 'signal', signal };
}

/**
 * strace ends when all that it follows has ended. When the stage itself has, what it has left behind is
 * ended, as it would be without strace.
 */
export function endWithStage(
  strace: number,
  trace: string,
  traces: Traces,
  exit: Promise<unknown>,
): void {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    // Its one child is the stage: orphans go to init. Before the command runs there may be none either.
    if (hasChild(strace) || (statSync(trace, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
    signalFollowers(strace, 'SIGKILL');
    void endEscapees(strace, traces, performance.now() - startedAt);
  }, checkEveryMs);
  void exit.finally(() => clearInterval(timer));
}

function hasChild(pid: number): boolean {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    return children.split(' ').some((child) => (statOf(Number(child))?.state ?? 'Z') !== 'Z');
  } catch {
    return true;
  }
}
