import type { Command } from '../args/command.ts';
import { common, help } from './options.ts';

export const machine: readonly Command[] = [
  {
    name: 'doctor',
    summary: 'say what this machine has, what is missing and how to get it',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: `Looks at Node, the machine, the cache's file system and the programs that flow can use, and runs
the checks that the project's flow.yaml lists under doctor. Exit 1 if something does not work.`,
    options: common,
    examples: ['flow doctor', 'flow doctor --json'],
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands in a shell',
    operands: 'SHELL',
    takes: [['bash', 'zsh', 'fish']],
    minOperands: 1,
    maxOperands: 1,
    about: `For bash, zsh or fish: commands, options, pipelines, params, profiles, instances, outputs and
runs are completed with Tab. Instances are those of the latest run, or of the pipeline that the line
names.`,
    options: [help],
    examples: [
      'eval "$(flow completion bash)"                # in ~/.bashrc; the same for zsh',
      'flow completion fish > ~/.config/fish/completions/flow.fish',
    ],
  },
];
