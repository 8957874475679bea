import type { Command } from '../args/command.ts';
import { common } from './options.ts';

export const machine: readonly Command[] = [
  {
    name: 'doctor',
    summary: 'check the machine: what works, what is missing, how to get it',
    operands: '',
    least: 0,
    most: 0,
    about: `Checks Node, the machine, the cache's file system and the programs that flow can use. Also runs
the checks that the project's flow.yaml lists under doctor. Exit code 1: something does not work.`,
    options: common,
    examples: ['flow doctor', 'flow doctor --json'],
    load: async () => (await import('../commands/doctor.ts')).doctorCommand,
  },
];
