import type { Command, Part } from '../pipeline/dag.ts';

/** A command in readable form; paths that flow fills in stay symbolic. */
export function commandText(command: Command): string {
  switch (command.kind) {
    case 'ts':
    case 'py':
      return `${command.kind} ${command.entry}`;
    case 'sh':
      return `sh ${command.script.map(partText).join('').trim()}`;
    case 'cmd':
      return command.argv
        .map((word) => (typeof word === 'string' ? word : word.map(partText).join('')))
        .join(' ');
  }
}

function partText(part: Part): string {
  if (typeof part === 'string') return part;
  return 'input' in part ? `\${inputs.${part.input}}` : `\${outputs.${part.output}}`;
}
