import { spawnSync } from 'node:child_process';
import { findProgram } from '../process/program.ts';

/** System calls that name files, change folders, make processes or reach a network; `?`: if there is one. */
const CALLS = `
  open openat openat2 creat execve execveat getdents getdents64
  mkdir mkdirat mknod mknodat rmdir unlink unlinkat truncate
  rename renameat renameat2 link linkat symlink symlinkat
  chmod fchmodat fchmodat2 chown lchown fchownat setxattr lsetxattr
  utime utimes futimesat utimensat chdir fchdir connect clone clone3 fork vfork`
  .trim()
  .split(/\s+/)
  .map((call) => `?${call}`)
  .join(',');

/**
 * Stops only at these calls if the kernel and strace (5.3) can; otherwise every call is stopped.
 */
const QUICK = '--seccomp-bpf';

export interface Strace {
  readonly program: string;
  readonly quick: boolean;
}

/** Tries strace. A string says why it does not work; undefined: it is not on PATH. */
export function openStrace(env: NodeJS.ProcessEnv): Strace | string | undefined {
  const program = findProgram('strace', env['PATH']);
  if (typeof program !== 'string') return undefined;
  let why = '';
  for (const quick of [true, false]) {
    const [, ...words] = straced({ program, quick }, '/dev/null', ['true']);
    const tried = spawnSync(program, words, { encoding: 'utf8', env: { PATH: env['PATH'] } });
    if (tried.status === 0) return { program, quick };
    why = tried.stderr.trim() || tried.error?.message || `exit code ${tried.status}`;
  }
  return why;
}

/** The command with its calls written to a file; it ends as the command does. */
export function straced(
  { program, quick }: Strace,
  trace: string,
  argv: readonly string[],
): readonly string[] {
  const words = ['-f', ...(quick ? [QUICK] : []), '-y', '-qq', '-e', 'signal=none'];
  return [program, ...words, '-e', `trace=${CALLS}`, '-o', trace, '--', ...argv];
}
