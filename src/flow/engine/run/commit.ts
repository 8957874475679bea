import { execFile } from 'node:child_process';
import type { Commit } from '../../core/run-record.ts';

/** The maximum milliseconds to wait for git, because its answer is only a part of a record. */
const GIT_MAX_MS = 1_000;

/**
 * The commit of the project's folder, and whether its tracked files are unchanged. Undefined: there
 * is no git, no repository, no commit, or git took too long.
 */
export function projectCommit(root: string, env: NodeJS.ProcessEnv): Promise<Commit | undefined> {
  // Nothing of the repository is started or written: no file system monitor, no refreshed index.
  const options = ['--no-optional-locks', '-c', 'core.fsmonitor=false', '-C', root];
  const status = ['status', '--porcelain=v2', '--branch', '--untracked-files=no', '--', '.'];
  return new Promise((resolve) => {
    execFile(
      'git',
      [...options, ...status],
      { env, timeout: GIT_MAX_MS, killSignal: 'SIGKILL', maxBuffer: 1 << 26 },
      (error, stdout) => resolve(error === null ? commitOf(stdout) : undefined),
    );
  });
}

/** Lines that begin with `#` are headers, all others are changes. */
function commitOf(status: string): Commit | undefined {
  const lines = status.split('\n').filter((line) => line !== '');
  const id = lines.map((line) => /^# branch\.oid ([0-9a-f]+)$/u.exec(line)?.[1]).find(Boolean);
  if (id === undefined) return undefined;
  return { id, clean: lines.every((line) => line.startsWith('#')) };
}
