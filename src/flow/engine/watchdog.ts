import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/**
 * Reads lines: `= TMPDIR` before a stage is started, `+ GROUP TMPDIR` when it has been, `- GROUP` when
 * nothing of it is left. Its standard input ends when the driver does, by whatever death; the groups that
 * are still on the list are then killed, and what escaped them (escapees.ts) is found by its TMPDIR or its
 * working directory (where there is a /proc). One shell variable a group, so that a line costs no fork.
 */
const script = [
  "trap '' INT TERM HUP",
  'groups=',
  'starting=',
  'while IFS= read -r line; do',
  '  rest=${line#? }',
  '  group=${rest%% *}',
  '  case $line in',
  '    "= "*) starting=$rest ;;',
  '    "+ "*) groups="$groups $group"; eval "tmpdir_$group=\\${rest#* }"; starting= ;;',
  '    "- "*) eval "tmpdir_$group=" ;;',
  '  esac',
  'done',
  'sweep() {',
  '  for file in $(grep -lsaF -- "TMPDIR=$1" /proc/[0-9]*/environ); do',
  '    pid=${file#/proc/}',
  '    kill -KILL "${pid%/environ}"',
  '  done',
  '  for cwd in /proc/[0-9]*/cwd; do',
  '    [ "$cwd" -ef "$1/.." ] || continue',
  '    pid=${cwd#/proc/}',
  '    pid=${pid%/cwd}',
  '    read -r stat < "/proc/$pid/stat" || continue',
  // Fields behind the name in brackets: state, parent, group, session, terminal.
  '    set -- "$1" ${stat##*) }',
  '    [ "$6" = 0 ] && kill -KILL "$pid"',
  '  done',
  '}',
  '[ -z "$starting" ] || sweep "$starting"',
  'for group in $groups; do',
  '  eval "tmpdir=\\$tmpdir_$group"',
  '  [ -n "$tmpdir" ] || continue',
  '  kill -KILL -- "-$group"',
  '  sweep "$tmpdir"',
  'done',
].join('\n');

/** Ends the stages of a driver that can no longer do it. Started with the first stage. */
export class Watchdog {
  #child: ChildProcess | undefined;
  readonly #scriptEnv: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#scriptEnv = { PATH: env['PATH'] };
  }

  /** A stage is about to be started: should the driver end before `watch`, it is found without its pid. */
  expect(tmpdir: string): void {
    this.#tell(`= ${tmpdir}\n`);
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
