import { statfsSync } from 'node:fs';
import path from 'node:path';
import type { Failure } from '../../core/events.ts';
import type { Retries } from '../../pipeline/dag.ts';
import { logTail } from '../../store/log-tail.ts';
import type { Ending } from '../process/executor.ts';

const spawnHints: Readonly<Record<string, string>> = {
  ENOENT: 'install it and add it to PATH; for a file of the project, write its path from the root',
  EACCES: 'make the file executable, or name its interpreter first',
  E2BIG: 'read the paths of its inputs from stage.json: they are too long for a command line',
};

const storeHints: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk that holds the cache is full',
  ENOENT: 'another program removed it while flow was running',
};

/** The failure that the end of a process means; undefined for a success. `log`: absolute. */
export function failureOf(
  ending: Ending,
  argv: readonly string[],
  log: string,
  root: string,
  timeoutMs: number | undefined,
): Failure | undefined {
  if (ending.kind === 'exit' && ending.code === 0) return undefined;
  const where = { log: path.relative(root, log), tail: logTail(log) };
  switch (ending.kind) {
    case 'exit':
      if (ending.orSignal !== undefined) {
        return {
          reason: 'signal',
          message: exitOrSignal(ending.code, ending.orSignal),
          exitCode: ending.code,
          signal: ending.orSignal,
          ...memoryHint(ending.orSignal),
          ...where,
        };
      }
      return {
        reason: 'exit',
        message: `exited with code ${ending.code}`,
        exitCode: ending.code,
        ...(ending.code === 127
          ? { hint: 'check the commands of the stage: one of them is not on PATH' }
          : {}),
        ...where,
      };
    case 'signal':
      return {
        reason: 'signal',
        message: `was stopped by ${ending.signal}`,
        signal: ending.signal,
        ...memoryHint(ending.signal),
        ...where,
      };
    case 'timeout':
      return {
        reason: 'timeout',
        message: `ran longer than its timeout of ${(timeoutMs ?? 0) / 1000} s`,
        ...where,
      };
    case 'spawn': {
      const why = ending.code === 'ENOENT' ? 'not found' : ending.message;
      const hint = spawnHints[ending.code ?? ''];
      return {
        reason: 'spawn',
        message: `cannot start '${argv[0] ?? ''}': ${why}`,
        ...(hint === undefined ? {} : { hint }),
      };
    }
    case 'cancelled':
      return { reason: 'signal', message: 'was stopped because the run ended', ...where };
  }
}

function exitOrSignal(code: number, signal: string): string {
  return signal.startsWith('SIG')
    ? `exited with code ${code}, or was stopped by ${signal}`
    : `ended with exit code ${code}, or signal ${signal}`;
}

function memoryHint(signal: string): Pick<Failure, 'hint'> {
  if (signal !== 'SIGKILL') return {};
  return {
    hint: 'check the memory: the system kills a process in this way if it needs too much',
  };
}

/** A stage that cannot write often reports it only in its log, which is on the same disk. */
export function withDiskHint(failure: Failure | undefined, folder: string): Failure | undefined {
  if (failure === undefined || failure.hint !== undefined || !isFull(folder)) return failure;
  return { ...failure, hint: 'the disk that holds the cache is full' };
}

function isFull(folder: string): boolean {
  const { bavail, bsize, ffree, files } = statfsSync(folder);
  return bavail * bsize < 1 << 16 || (files > 0 && ffree === 0);
}

/** Whether to retry. With `on`, only after these exit codes. */
export function isRetried(failure: Failure, retries: Retries, attempt: number): boolean {
  if (attempt > retries.times) return false;
  if (retries.on !== undefined) {
    return failure.exitCode !== undefined && retries.on.includes(failure.exitCode);
  }
  switch (failure.reason) {
    case 'exit':
    case 'signal':
    case 'timeout':
    case 'missing-output':
    case 'bad-output':
    case 'input-changed':
      return true;
    case 'spawn':
    case 'input-unreadable':
    case 'code':
    case 'not-looked-at':
    case 'store':
      return false;
  }
}

/**
 * A problem of the cache's disk is a failure of the instance. Anything else is a bug and is thrown
 * again.
 */
export function storeFailure(error: unknown): Failure {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || typeof code !== 'string' || syscall === undefined) throw error;
  const hint = storeHints[code];
  return { reason: 'store', message: error.message, ...(hint !== undefined && { hint }) };
}

const signalsOfOthers: ReadonlySet<string> = new Set([
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGXCPU',
]);

/** Stopped by its timeout, by a lost machine, by a lack of memory, or by a user. */
export function killedFromOutside({ reason, signal }: Failure): boolean {
  return reason === 'timeout' || (signal !== undefined && signalsOfOthers.has(signal));
}
