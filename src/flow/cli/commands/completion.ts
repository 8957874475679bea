import { ok } from '../../core/result.ts';
import { type Args, type Ended, type Io, refuse } from '../args/command.ts';
import { completionScripts } from '../completion/completion-scripts.ts';
import { oneOf } from '../args/parse-args.ts';

/** `flow completion SHELL`: prints the script with which a shell asks flow for completions. */
export async function completionCommand(args: Args, io: Io): Promise<Ended> {
  const [shell = ''] = args.operands;
  const known = oneOf('shell', shell, ['bash', 'zsh', 'fish'], 'bash');
  if (!known.ok) {
    return refuse(2, { ...known.error, message: `there is no completion for '${shell}'` });
  }
  await io.out(completionScripts[known.value]);
  return ok(0);
}
