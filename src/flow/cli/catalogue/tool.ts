import type { Command } from '../args/command.ts';
import { help } from './options.ts';

export const tool: readonly Command[] = [
  {
    name: 'completion',
    summary: 'print a script that completes commands in a shell',
    operands: 'SHELL',
    least: 1,
    most: 1,
    about: `Prints a script for bash, zsh or fish. With it, Tab completes commands, options, pipelines, params,
profiles, instances, outputs and runs. The instances are those of the latest run, or of the pipeline
in the command line.`,
    options: [help],
    examples: [
      'eval "$(flow completion bash)"                # in ~/.bashrc; the same for zsh',
      'flow completion fish > ~/.config/fish/completions/flow.fish',
    ],
    load: async () => (await import('../commands/completion.ts')).completionCommand,
  },
];
