import type { Command } from '../args/command.ts';
import { common } from './options.ts';

export const machine: readonly Command[] = [
  {
    name: 'doctor',
    summary: 'say what this machine has, what is missing and how to get it',
    operands: '',
    least: 0,
    most: 0,
    about: `Looks at Node, the machine, the cache's file system and the programs that flow can use, and runs
the checks that the project's flow.yaml lists under doctor. Exit 1 if something does not work.`,
    options: common,
    examples: ['flow doctor', 'flow doctor --json'],
    load: async () => (await import('../commands/doctor.ts')).doctorCommand,
  },
];
