import { statSync } from 'node:fs';
import { childrenOf, lives, statOf } from '../../store/process/proc.ts';
import { signalFollowers } from './process-group.ts';

const checkEveryMs = 100;

/**
 * strace ends when all that it follows has ended. When the stage itself has, what it has left in its group is
 * ended, and `left` is called, which ends the rest: as it would be without strace.
 */
export function endWithStage(
  strace: number,
  trace: string,
  end: Promise<unknown>,
  left: () => void,
): void {
  const timer = setInterval(() => {
    // Before the command runs there may be no child. Without a /proc none is ever seen.
    const hasBegun = (statSync(trace, { throwIfNoEntry: false })?.size ?? 0) > 0;
    // Its one child is the stage: orphans go to init.
    if (!hasBegun || statOf(strace) === undefined || childrenOf(strace).some(lives)) return;
    signalFollowers(strace, 'SIGKILL');
    left();
  }, checkEveryMs);
  void end.finally(() => clearInterval(timer));
}
