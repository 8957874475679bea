import type { Command } from '../args/command.ts';
import { common, help } from './options.ts';

export const machine: readonly Command[] = [
  {
    name: 'doctor',
    summary: 'check the machine: what works, what is missing, how to get it',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: `Checks Node, the machine, the cache's file system and the programs that flow can use. Also runs
the checks that the project's flow.yaml lists under doctor. Exit code 1: something does not work.`,
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
    about: `Prints a script for bash, zsh or fish. With it, Tab completes commands, options, pipelines,
params, profiles, instances, outputs and runs. The instances are those of the latest run, or of
the pipeline in the command line. The script completes the command flow, not npx flow.`,
    options: [help],
    examples: [
      'eval "$(flow completion bash)"                # in ~/.bashrc; the same for zsh',
      'flow completion fish > ~/.config/fish/completions/flow.fish',
    ],
  },
];
