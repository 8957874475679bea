import { once } from 'node:events';
import { errorCode } from '../core/system-error.ts';
import { programName } from './args/command-again.ts';
import type { Io } from './args/command.ts';

/** The process as commands see it. A closed stdout ends it quietly, as other Unix tools do. */
export function openIo(process: NodeJS.Process, version: string): Io {
  const { stdout, stderr } = process;
  let closed = false;
  stdout.on('error', (error) => {
    if (isGone(stdout, error)) closed = true;
    else {
      stderr.write(`flow: cannot write its output: ${error.message}\n`);
      process.exit(3);
    }
  });
  // Progress that nobody reads any more stops nothing.
  stderr.on('error', (error) => {
    if (!isGone(stderr, error)) throw error;
  });
  return {
    out: async (data) => {
      if (closed || data.length === 0) return;
      if (!stdout.write(data)) {
        await Promise.race([once(stdout, 'drain'), once(stdout, 'close'), once(stdout, 'error')]);
      }
    },
    stderr,
    stdout,
    env: process.env,
    cwd: process.cwd(),
    argv: process.argv.slice(2),
    clock: steadyClock(),
    version,
  };
}

/**
 * The wall clock as it stood when this process began, and what has passed since: a clock that somebody sets
 * meanwhile makes no duration negative and ends no patience early.
 */
export function steadyClock(): () => number {
  const begin = Date.now() - performance.now();
  return () => Math.round(begin + performance.now());
}

/** A terminal that was closed answers EIO; the run then ends by its HUP, not by this. */
function isGone(stream: NodeJS.WriteStream, error: unknown): boolean {
  return isClosedPipe(error) || (stream.isTTY && errorCode(error) === 'EIO');
}

export function isClosedPipe(error: unknown): boolean {
  return errorCode(error) === 'EPIPE';
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC:
    'the disk is full: free space in the cache with {flow} gc, or choose another folder with --cache',
  EDQUOT:
    'your disk quota is used up: free space in the cache with {flow} gc, or choose another folder with --cache',
  ENOENT:
    'another program removed it while flow was running: stop that program and start flow again',
  EROFS: 'the file system is read-only: choose another folder with --cache',
  ENOTSUP: 'choose a folder on another file system',
  EACCES: 'allow this user to write there, or choose another folder with --cache',
  EXDEV:
    'put the whole cache on one file system: link the whole cache to another disk, not a part of it',
  EMFILE: 'too many files are open: raise the limit (ulimit -n), or lower --jobs',
  ENFILE: 'too many files are open on this machine: close programs or raise its limit',
};

/** `{flow}`: as the user calls it. The message about a full disk or a forbidden folder is one line; anything else is a bug and has its stack. */
export function describeError(error: unknown, env: NodeJS.ProcessEnv): string {
  if (!(error instanceof Error)) return `internal error: ${String(error)}`;
  if ('syscall' in error && 'code' in error) {
    const hint = hints[String(error.code)]?.replace('{flow}', programName(env));
    return hint === undefined ? error.message : `${error.message}\n  hint: ${hint}`;
  }
  return `internal error: ${error.stack ?? error.message}`;
}
