import { constants } from 'node:os';
import type { Ending } from './executor.ts';
import type { RawEnd } from './host-messages.ts';

// Node reports a death by one of the signals 32 to 64 as exit code 0, which would make a success of it. So a
// shell waits for the command of a stage: it knows of such a death, and exits with 128 and the signal's number.
// It could die of such a signal itself; so it says success by another code, and a 0 is never a success.

const SUCCESS = 254;

/**
 * The command stays a program with a pid of its own, which `$$` in its script names. The signals of a group
 * do not end the shell before its command. What the shell says of a signal does not come into the log.
 */
const script = [
  'trap : HUP INT QUIT TERM USR1 USR2',
  'exec 3>&2 2> /dev/null',
  '(exec "$@" 2>&3 3>&-)',
  'code=$?',
  `case $code in 0) exit ${SUCCESS} ;; ${SUCCESS}) exit 0 ;; *) exit $code ;; esac`,
].join('\n');

/** A command line whose exit status `endingOf` understands. */
export const underShell = (argv: readonly string[]): readonly string[] => [
  '/bin/sh',
  '-c',
  script,
  'sh',
  ...argv,
];

const names = new Map(
  Object.entries(constants.signals)
    .reverse() // of two names the first one is the usual one
    .map(([name, number]) => [number, name]),
);

export function endingOf({ code, signal }: RawEnd): Ending {
  if (signal !== null) return { kind: 'signal', signal };
  const told = code === 0 ? SUCCESS : code === SUCCESS ? 0 : (code ?? SUCCESS);
  const signalNumber = told - 128;
  if (signalNumber < 1 || signalNumber > 64) return { kind: 'exit', code: told };
  return { kind: 'exit', code: told, orSignal: names.get(signalNumber) ?? String(signalNumber) };
}
