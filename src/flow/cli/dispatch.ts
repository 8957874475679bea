import type { Diagnostic } from '../core/diagnostic.ts';
import { suggest } from '../pipeline/nearest.ts';
import { forTerminal } from '../report/printable.ts';
import { noColor } from '../report/style.ts';
import type { ExitCode, Io } from './args/command.ts';
import { asCalled } from './catalogue/as-called.ts';
import { commandGroups, commands } from './catalogue/commands.ts';
import { commandHelp, generalHelp, programHelp } from './catalogue/help.ts';
import { printDiagnostics } from './args/print-diagnostics.ts';
import { parseCommandLine } from './args/parse-args.ts';
import { peerCommand } from './args/peers.ts';
import { loaders } from './loaders.ts';

/** argv to a command to an exit code; the one place that prints diagnostics. */
export async function dispatch(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...words] = argv;
  if (name === undefined) {
    io.stderr.write(generalHelp(commandGroups));
    return 2;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const about = commands.find((command) => command.name === words[0]);
    const { projectCommands } = await import('./project/project-command.ts');
    const ofProject = about ? [] : await projectCommands(io);
    const program = ofProject.find((one) => one.name === words[0]);
    const text = program ? programHelp(program) : generalHelp(commandGroups, ofProject);
    // The project's own commands describe themselves.
    await io.out(about ? commandHelp(about) : forTerminal(text, noColor));
    return 0;
  }
  if (name === '__complete') return (await import('./completion/complete.ts')).complete(words, io);
  const json = words.includes('--json');
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) {
    const { projectCommand } = await import('./project/project-command.ts');
    const ended = await projectCommand(name, words, io);
    if (ended?.ok === true) return ended.value;
    const found = ended?.error ?? { exit: 2, diagnostics: [await unknownCommand(name, words, io)] };
    return refuse(io, json, found.diagnostics, found.exit);
  }
  const args = parseCommandLine(command, words);
  if (!args.ok) return refuse(io, json, await withPipelines(args.error, io), 2);
  if (args.value.has('help')) {
    await io.out(commandHelp(command));
    return 0;
  }
  const load = loaders[command.name];
  if (load === undefined) throw new Error(`Internal error: flow ${command.name} has no code`);
  const run = await load();
  const ended = await run(args.value, io);
  return ended.ok ? ended.value : refuse(io, json, ended.error.diagnostics, ended.error.exit);
}

async function refuse(
  io: Io,
  json: boolean,
  found: readonly Diagnostic[],
  exit: ExitCode,
): Promise<ExitCode> {
  const advised = found.map(({ hint, ...each }) =>
    hint === undefined ? each : { ...each, hint: asCalled(hint, io.env) },
  );
  await printDiagnostics(io, json, advised);
  return exit;
}

const lacksPipeline = ({ code, message }: Diagnostic): boolean =>
  code === 'missing-operand' && message.endsWith(' PIPELINE');

/** Adds the pipelines of the project to the hint if the command line has none. */
async function withPipelines(found: readonly Diagnostic[], io: Io): Promise<readonly Diagnostic[]> {
  if (!found.some(lacksPipeline)) return found;
  const { pipelinesNear } = await import('./project/load-dag.ts');
  const near = await pipelinesNear(io);
  if (near.length === 0) return found;
  const named = suggest('', near, 'pipelines');
  return found.map((each) =>
    lacksPipeline(each) ? { ...each, hint: `${each.hint}; ${named}` } : each,
  );
}

async function unknownCommand(name: string, words: readonly string[], io: Io): Promise<Diagnostic> {
  const { projectCommands } = await import('./project/project-command.ts');
  const names = [...commands, ...(await projectCommands(io))].map((command) => command.name);
  if (name.startsWith('-')) {
    const hint = 'write options after the command: flow COMMAND [OPTION…]; see flow --help';
    return { code: 'unknown-option', message: `flow has no option '${name}'`, hint };
  }
  const hint = peerCommand(name, words) ?? suggest(name, names, 'commands');
  return { code: 'unknown-command', message: `flow has no command '${name}'`, hint };
}
