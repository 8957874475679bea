import { programName } from '../args/command-again.ts';
import { commands } from './commands.ts';

/** A text that advises `flow COMMAND`, as the user calls flow here: commands in messages must work unchanged. */
export function asCalled(text: string, env: NodeJS.ProcessEnv): string {
  const program = programName(env);
  return program === 'flow' ? text : text.replaceAll(ADVICE, program);
}

const names = commands.map(({ name }) => name).join('|');
const ADVICE = new RegExp(`(?<!npx )\\bflow(?= (?:${names}|COMMAND|--help)\\b)`, 'g');
