import type { Program } from '../../pipeline/read/project-programs.ts';
import { table } from '../../report/table.ts';
import type { Command, Option } from '../args/command.ts';
import type { CommandGroup } from './commands.ts';

/** `flow --help`: all commands, one per line. */
export function generalHelp(
  groups: readonly CommandGroup[],
  ofProject: readonly Program[] = [],
): string {
  const width = Math.max(
    ...groups.flatMap((group) => group.commands.map(({ name }) => name.length)),
  );
  const listed = groups.map(({ title, commands }) => {
    const rows = commands.map(({ name, summary }) => ['', name.padEnd(width), summary]);
    return `${title}:\n${body(rows)}`;
  });
  const own = ofProject.map((program) => ['', program.name, program.description]);
  return `flow: run the stages of a pipeline whose inputs changed; take other results from the cache

Usage: flow COMMAND [OPTION…]

${listed.join('\n\n')}
${own.length === 0 ? '' : `\nCommands of this project (flow.yaml):\n${body(own)}\n`}
  flow COMMAND --help   print the options of a command
  flow --version        print the version

An instance is written STAGE[.OUTPUT][@axis=value,…]. You can shorten it if it stays unique.
Results go to stdout, progress to stderr. --json prints one object.
Exit codes: 0 success; 1 a stage failed or a check found something; 2 the command line or the
pipeline is wrong; 3 a problem of the machine or of flow; 129, 130, 143 stopped by HUP, INT, TERM.
`;
}

/** `flow NAME --help` of a project's own command. */
export function programHelp({ name, usage, description, examples, command }: Program): string {
  const lines = examples.map((example) => `  ${example}`).join('\n');
  const does = command.kind === 'ts' ? command.entry : command.argv.join(' ');
  return `${`flow ${name} ${usage}`.trimEnd()}

${description}

A command of this project. flow.yaml declares that it runs ${does}
${lines === '' ? '' : `\nExamples:\n${lines}\n`}`;
}

export function commandHelp(command: Command): string {
  const options =
    command.options.length === 0 ? '' : `\nOptions:\n${optionRows(command.options)}\n`;
  const examples = command.examples.map((example) => `  ${example}`).join('\n');
  return `${`flow ${command.name} ${command.operands}`.trimEnd()}

${command.about}
${options}${examples === '' ? '' : `\nExamples:\n${examples}\n`}`;
}

export function optionRows(options: readonly Option[]): string {
  return body(options.map((option) => ['', spelled(option), option.help]));
}

function body(rows: readonly (readonly string[])[]): string {
  return table([{ title: '' }, { title: '' }, { title: '' }], rows)
    .slice(1)
    .join('\n');
}

function spelled(option: Option): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return `${short}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`;
}
