import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { countDriver, endMarked, ownMark } from './mark.ts';

/**
 * Reads lines: `= N TMPDIR` before a stage is started, `+ GROUP N TMPDIR` when it has been, `! N` when it
 * could not be, `- GROUP` when nothing of it is left. Its standard input ends when the driver does, by whatever death; the groups that
 * are still on the list are then killed, and what escaped them (escapees.ts) is found by its TMPDIR or its
 * working directory (where there is a /proc), and what still bears the driver's mark by that (mark.ts),
 * which it sets and then writes `marked`. One shell variable a group, so that a line costs no fork.
 */
const script = [
  "trap '' INT TERM HUP",
  'mark=$1 driver=$2',
  // A driver that is gone already has left it to another parent, which is nobody's to mark.
  '[ "$PPID" = "$driver" ] || mark=',
  'if [ -n "$mark" ] && prlimit --pid "$driver" --rttime="$mark:" 2> /dev/null; then echo marked; else mark=; echo; fi',
  'groups=',
  'starts=',
  'while IFS= read -r line; do',
  '  rest=${line#? }',
  '  group=${rest%% *}',
  '  case $line in',
  '    "= "*) eval "starting_$group=\\${rest#* }"',
  '      case " $starts " in *" $group "*) ;; *) starts="$starts $group" ;; esac ;;',
  '    "! "*) eval "starting_$group=" ;;',
  '    "+ "*) groups="$groups $group"; rest=${rest#* }; eval "starting_${rest%% *}="',
  '      eval "tmpdir_$group=\\${rest#* }" ;;',
  '    "- "*) eval "tmpdir_$group=" ;;',
  '    end) mark= ;;',
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
  'for n in $starts; do',
  '  eval "tmpdir=\\$starting_$n"',
  '  [ -z "$tmpdir" ] || sweep "$tmpdir"',
  'done',
  'for group in $groups; do',
  '  eval "tmpdir=\\$tmpdir_$group"',
  '  [ -n "$tmpdir" ] || continue',
  // dash takes `--` only behind -s.
  '  kill -s KILL -- "-$group"',
  '  sweep "$tmpdir"',
  'done',
  // What is killed may have started another one meanwhile.
  'while [ -n "$mark" ]; do',
  '  found=',
  '  for file in $(grep -lsE "^Max realtime timeout +$mark " /proc/[0-9]*/limits); do',
  '    pid=${file#/proc/}',
  '    pid=${pid%/limits}',
  '    [ "$pid" != "$driver" ] && kill -KILL "$pid" && found=1',
  '  done',
  '  [ -n "$found" ] || break',
  '  sleep 0.05',
  'done',
].join('\n');

/** A stage that is being started. `number`: no other one's at this moment. */
export interface Expected {
  readonly number: number;
  readonly tmpdir: string;
}

/**
 * Half of a path with a line end in it would name what belongs to others. What stands in such a folder is
 * found by its group and the driver's mark.
 */
const asWord = (tmpdir: string): string => (tmpdir.includes('\n') ? '/dev/null' : tmpdir);

/** Ends the stages of a driver that can no longer do it. Started for the first stage. */
export class Watchdog {
  #child: ChildProcess | undefined;
  #ready: Promise<boolean> = Promise.resolve(false);
  #startedAt = 0;
  #forgotten = '';
  readonly #starting = new Set<number>();
  #uncount: () => void = () => undefined;
  readonly #scriptEnv: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#scriptEnv = { PATH: env['PATH'] };
  }

  /** Resolves when what is started from now on bears the driver's mark; false: it cannot be set. */
  ready(): Promise<boolean> {
    this.#child ??= this.#start();
    return this.#ready;
  }

  /** A stage is about to be started: should the driver end before `watch`, it is found without its pid. */
  expect(tmpdir: string): Expected {
    let number = 1;
    while (this.#starting.has(number)) number += 1;
    this.#starting.add(number);
    this.#tell(`= ${number} ${asWord(tmpdir)}\n`);
    return { number, tmpdir };
  }

  /** What was expected has been started. */
  watch({ number, tmpdir }: Expected, group: number): void {
    this.#starting.delete(number);
    this.#tell(`+ ${group} ${number} ${asWord(tmpdir)}\n`);
  }

  /** What was expected could not be started. */
  giveUp({ number }: Expected): void {
    this.#starting.delete(number);
    this.#tell(`! ${number}\n`);
  }

  /** Told with what comes next: until then the group is only looked for in vain. */
  forget(group: number): void {
    this.#forgotten += `- ${group}\n`;
    setImmediate(() => {
      if (this.#child !== undefined) this.#tell('');
    });
  }

  /** All stages have ended: so does it. Returns how many processes they had left somewhere. */
  async close(): Promise<number> {
    const child = this.#child;
    if (child === undefined) return 0;
    this.#child = undefined;
    const marked = (await this.#ready) && child.pid !== undefined;
    const left = marked ? await endMarked(child.pid, performance.now() - this.#startedAt) : 0;
    this.#uncount();
    child.stdin?.end(`${this.#forgotten}end\n`);
    this.#forgotten = '';
    return left;
  }

  #tell(line: string): void {
    const text = this.#forgotten + line;
    this.#forgotten = '';
    if (text === '') return;
    this.#child ??= this.#start();
    this.#child.stdin?.write(text);
  }

  #start(): ChildProcess {
    this.#startedAt = performance.now();
    this.#uncount = countDriver();
    const words = ['-c', script, 'watchdog', ownMark() ?? '', String(process.pid)];
    const child: ChildProcess = spawn('/bin/sh', words, {
      cwd: '/',
      env: this.#scriptEnv,
      detached: true, // a ^C at the terminal must not reach it
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // Without a watchdog only the death of the driver by SIGKILL is not covered.
    child.on('error', () => undefined);
    // Without descriptors left there is no child, hence no pipes: `error` follows.
    child.stdin?.on('error', () => undefined);
    this.#ready = new Promise((resolve) => {
      child.stdout?.once('data', (chunk: Buffer) => {
        resolve(chunk.toString().startsWith('marked'));
        child.stdout?.destroy();
      });
      child.once('exit', () => resolve(false));
      child.once('error', () => resolve(false));
    });
    child.unref();
    return child;
  }
}
