import type { Diagnostic } from '../../core/diagnostic.ts';
import { ok } from '../../core/result.ts';
import type { Program } from '../../pipeline/read/project-programs.ts';
import { argsOf, type Ended, type Io, printLines, refuse } from '../args/command.ts';
import { commands } from '../catalogue/commands.ts';
import { programHelp } from '../catalogue/help.ts';
import { placeOf, runInForeground, withProgram } from './program.ts';
import { nearestRoot, openProject, projectSettings } from './project.ts';

/** `flow NAME` of the project. @returns undefined where it has none of that name */
export async function projectCommand(
  name: string,
  words: readonly string[],
  io: Io,
): Promise<Ended | undefined> {
  const root = nearestRoot(io.cwd);
  if (root === undefined) return undefined;
  const settings = await projectSettings(root, io);
  // A mistake in flow.yaml can be the reason why the name is missing.
  if (!settings.ok) return settings;
  const taken = takenNames(settings.value.commands);
  if (taken.length > 0) return refuse(2, ...taken);
  const program = settings.value.commands.find((one) => one.name === name);
  if (program === undefined) return undefined;
  if (words[0] === '--help' || words[0] === '-h') {
    await printLines(io, programHelp(program).trimEnd().split('\n'));
    return ok(0);
  }
  const project = await openProject(argsOf([]), io, undefined, true);
  if (!project.ok) return project;
  return withProgram(program, project.value, words, (argv) =>
    runInForeground(argv, placeOf(project.value, io)),
  );
}

/** Commands with the names of flow's own commands cannot be called. */
export function takenNames(programs: readonly Program[]): readonly Diagnostic[] {
  return programs
    .filter(({ name }) => name === 'help' || commands.some((own) => own.name === name))
    .map(({ name, location }) => ({
      code: 'taken-name',
      message: `'${name}' is one of flow's own commands`,
      hint: "choose another name for the project's command",
      location,
    }));
}

/** For the help. Mistakes are reported when a command is used. */
export async function projectCommands(io: Io): Promise<readonly Program[]> {
  const root = nearestRoot(io.cwd);
  if (root === undefined) return [];
  const settings = await projectSettings(root, io);
  if (!settings.ok) return [];
  return settings.value.commands.filter(({ name }) => !commands.some((own) => own.name === name));
}
