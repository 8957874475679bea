import { ok } from '../../core/result.ts';
import type { Program } from '../../pipeline/read/project-programs.ts';
import { type Style, styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse } from '../args/command.ts';
import { type Check, machineChecks } from './machine-checks.ts';
import { captureOutput, withProgram } from '../project/program.ts';
import { takenNames } from '../project/project-command.ts';
import { openProject, type Project, projectSettings } from '../project/project.ts';

/** `flow doctor`: checks the machine, with flow's own checks and the project's. */
export async function doctorCommand(args: Args, io: Io): Promise<Ended> {
  const project = await openProject(args, io);
  if (!project.ok) return project;
  const settings = await projectSettings(project.value.root, io);
  if (!settings.ok) return settings;
  const taken = takenNames(settings.value.commands);
  if (taken.length > 0) return refuse(2, ...taken);
  const checks = [...(await machineChecks(project.value, io.env))];
  for (const program of settings.value.doctor) {
    checks.push(...(await projectChecks(program, project.value, io)));
  }
  const fine = checks.every(({ state }) => state !== 'problem');
  if (args.has('json')) await printJson(io, { ok: fine, checks });
  else await printLines(io, checkLines(checks, styleFor(io.stdout, io.env)));
  return ok(fine ? 0 : 1);
}

/** A check of the project prints { "checks": [{ name, state, found, hint }] }; see docs/extend-flow.md. */
async function projectChecks(
  program: Program,
  project: Project,
  io: Io,
): Promise<readonly Check[]> {
  const { name } = program;
  const problem = (found: string): readonly Check[] => [
    { name, state: 'problem', found, hint: `check '${name}' of flow.yaml: ${program.description}` },
  ];
  const ended = await withProgram(program, project, [], (argv) => captureOutput(argv, project, io));
  if (!ended.ok) return problem(ended.error.diagnostics.map(({ message }) => message).join('; '));
  const { code, stdout } = ended.value;
  if (code !== 0)
    return problem(`its program exited with ${code === null ? 'a signal' : `code ${code}`}`);
  return readChecks(stdout) ?? problem('its program did not print the checks as JSON');
}

function readChecks(stdout: string): readonly Check[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    return undefined;
  }
  const checks = (value as { readonly checks?: unknown } | null)?.checks;
  return Array.isArray(checks) && checks.every(isCheck) ? checks : undefined;
}

function isCheck(value: unknown): value is Check {
  if (typeof value !== 'object' || value === null) return false;
  const { name, state, found, hint } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    typeof found === 'string' &&
    (state === 'ok' || state === 'note' || state === 'problem') &&
    (hint === undefined || typeof hint === 'string')
  );
}

function checkLines(checks: readonly Check[], style: Style): readonly string[] {
  const marks = {
    ok: style.green('ok'),
    note: style.yellow('note'),
    problem: style.red('problem'),
  };
  const rows = checks.flatMap(({ name, state, found, hint }) => [
    [marks[state], name, found],
    ...(hint === undefined ? [] : [['', '', style.dim(hint)]]),
  ]);
  return table([{ title: '' }, { title: '' }, { title: '' }], rows).slice(1);
}
