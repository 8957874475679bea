import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/**
 * Reads `+ GROUP TMPDIR` and `- GROUP` lines. Its standard input ends when the driver does, by whatever
 * death; the groups that are still on the list are then killed, and what escaped them with setsid is
 * found by its TMPDIR (where there is a /proc). One shell variable a group, so that a line costs no fork.
 */
const script = [
  "trap '' INT TERM HUP",
  'groups=',
  'while IFS= read -r line; do',
  '  rest=${line#? }',
  '  group=${rest%% *}',
  '  case $line in',
  '    "+ "*) groups="$groups $group"; eval "tmpdir_$group=\\${rest#* }" ;;',
  '    "- "*) eval "tmpdir_$group=" ;;',
  '  esac',
  'done',
  'for group in $groups; do',
  '  eval "tmpdir=\\$tmpdir_$group"',
  '  [ -n "$tmpdir" ] || continue',
  '  kill -KILL -- "-$group"',
  '  for file in $(grep -lsaF -- "TMPDIR=$tmpdir" /proc/[0-9]*/environ); do',
  '    pid=${file#/proc/}',
  '    kill -KILL "${pid%/environ}"',
  '  done',
  'done',
].join('\n');

/** Ends the stages of a driver that can no longer do it. Started with the first stage. */
export class Watchdog {
  #child: ChildProcess | undefined;
  readonly #scriptEnv: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#scriptEnv = { PATH: env['PATH'] };
  }

  watch(group: number, tmpdir: string): void {
    this.#tell(`+ ${group} ${tmpdir}\n`);
  }

  forget(group: number): void {
    this.#tell(`- ${group}\n`);
  }

  /** All stages have ended: so does it. */
  close(): void {
    this.#child?.stdin?.end();
    this.#child = undefined;
  }

  #tell(line: string): void {
    this.#child ??= this.#start();
    this.#child.stdin?.write(line);
  }

  #start(): ChildProcess {
    const child = spawn('/bin/sh', ['-c', script], {
      cwd: '/',
      env: this.#scriptEnv,
      detached: true, // a ^C at the terminal must not reach it
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without a watchdog only the death of the driver by SIGKILL is not covered.
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.unref();
    return child;
  }
}
