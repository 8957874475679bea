import { shellQuote } from '../../core/names.ts';
import type { Command, Instance, Part, Word } from '../../pipeline/dag.ts';

/** Paths as a stage sees them: relative to its scratch folder. A collected input has several. */
export interface StagePaths {
  readonly inputs: Readonly<Record<string, string | readonly string[]>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The argv of an instance's process. `program` runs the code of a ts or py stage. */
export function commandLine(
  instance: Instance,
  paths: StagePaths,
  program: readonly string[] | undefined,
): readonly string[] {
  const command: Command = instance.command;
  switch (command.kind) {
    case 'cmd':
      return command.argv.flatMap((word) => words(word, paths));
    case 'sh':
      return ['bash', '-euo', 'pipefail', '-c', script(command.script, paths)];
    case 'ts':
    case 'py':
      if (program === undefined) throw new Error(`Internal error: ${instance.id} has no code`);
      return program;
  }
}

/** A reference that is a whole word can become several words. Inside a word it must be one path. */
function words(word: Word, paths: StagePaths): readonly string[] {
  if (typeof word === 'string') return [word];
  const [first] = word;
  if (word.length === 1 && first !== undefined && typeof first !== 'string') {
    return pathsOf(first, paths);
  }
  return [
    word
      .map((part) => {
        if (typeof part === 'string') return part;
        const found = pathsOf(part, paths);
        if (found.length !== 1) throw new Error('Internal error: several paths inside one word');
        return found[0];
      })
      .join(''),
  ];
}

function script(parts: readonly Part[], paths: StagePaths): string {
  return parts
    .map((part) =>
      typeof part === 'string' ? part : pathsOf(part, paths).map(shellQuote).join(' '),
    )
    .join('');
}

function pathsOf(part: Exclude<Part, string>, paths: StagePaths): readonly string[] {
  const found = 'input' in part ? paths.inputs[part.input] : paths.outputs[part.output];
  if (found === undefined) throw new Error(`Internal error: no path for ${JSON.stringify(part)}`);
  return typeof found === 'string' ? [found] : found;
}
