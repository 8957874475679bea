import { resultOptions } from '../args/command-again.ts';
import { parseCommandLine } from '../args/parse-args.ts';
import { commands } from './commands.ts';

/** The options of a command line that a run's record holds, as far as they decide its results. */
export function recordedOptions([name, ...words]: readonly string[]): readonly string[] {
  const command = commands.find((one) => one.name === name);
  const args = command && parseCommandLine(command, words);
  return args?.ok === true ? resultOptions(args.value) : [];
}
