import { overrideOptions, resultOptions } from '../args/command-again.ts';
import type { Args } from '../args/command.ts';
import { parseCommandLine } from '../args/parse-args.ts';
import { commands } from './commands.ts';

/** The options of a command line that a run's record holds, as far as they decide its results. */
export function recordedOptions(argv: readonly string[]): readonly string[] {
  const args = recordedArgs(argv);
  return args === undefined ? [] : resultOptions(args);
}

/** Those that set params. */
export function recordedOverrides(argv: readonly string[]): readonly string[] {
  const args = recordedArgs(argv);
  return args === undefined ? [] : overrideOptions(args);
}

function recordedArgs([name, ...words]: readonly string[]): Args | undefined {
  const command = commands.find((one) => one.name === name);
  const args = command && parseCommandLine(command, words);
  return args?.ok === true ? args.value : undefined;
}
