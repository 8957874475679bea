import type { Command } from '../args/command.ts';
import { help } from './options.ts';

export const tool: readonly Command[] = [
  {
    name: 'completion',
    summary: 'print a script that completes commands in a shell',
    operands: 'SHELL',
    least: 1,
    most: 1,
    about: `For bash, zsh or fish: commands, options, pipelines, params, profiles, instances, outputs and
runs are completed with Tab. Instances are those of the latest run, or of the pipeline that the line
names.`,
    options: [help],
    examples: [
      'eval "$(flow completion bash)"                # in ~/.bashrc; the same for zsh',
      'flow completion fish > ~/.config/fish/completions/flow.fish',
    ],
    load: async () => (await import('../commands/completion.ts')).completionCommand,
  },
];
