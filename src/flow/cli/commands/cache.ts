import type { Command } from '../command.ts';
import { common } from './options.ts';

export const cache: readonly Command[] = [
  {
    name: 'verify',
    summary: 'read the whole cache and drop what is damaged',
    operands: '',
    least: 0,
    most: 0,
    about: `Reads every blob and every record and compares them with their digests. What a disk, an editor
or a crash has damaged is dropped, with the results that need it; the next run computes them again.
Exit 1: something was found. Runs may go on beside it.`,
    options: [{ name: 'dry-run', help: 'only tell, drop nothing' }, ...common],
    examples: ['flow verify', 'flow verify --dry-run --json'],
    load: async () => (await import('../verify.ts')).verifyCommand,
  },
];
