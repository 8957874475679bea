import type { Command } from '../args/command.ts';
import { common } from './options.ts';

export const cache: readonly Command[] = [
  {
    name: 'verify',
    summary: 'read the whole cache and drop what is damaged',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: `Reads every blob and every record and compares them with their digests. What a disk, an editor
or a crash has damaged is dropped, with the results that need it; the next run computes them again.
Exit 1: something was found. Runs may go on beside it.`,
    options: [{ name: 'dry-run', help: 'only tell, drop nothing' }, ...common],
    examples: ['flow verify', 'flow verify --dry-run --json'],
  },
  {
    name: 'gc',
    summary: 'remove from the cache what is not needed',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: `Removes what nothing refers to: results that no run lists, blobs that no result names, what
dead processes left, forgotten checkpoints. A run that stays keeps all its results. Runs go only
by a limit; beside another one, --keep-runs says how many stay whatever that says. Pinned and
running runs stay. --max-size takes the oldest runs first; exit 1 if what must stay is larger.`,
    options: [
      {
        name: 'keep-runs',
        value: 'N',
        help: 'of each pipeline the newest N runs stay, and its newest successful one',
      },
      { name: 'older-than', value: 'TIME', help: 'what was last used longer ago goes: 12h, 30d' },
      { name: 'max-size', value: 'SIZE', help: 'the cache is to be at most so large: 500MB, 20GB' },
      { name: 'grace', value: 'TIME', help: 'what is newer than this stays (standard: 10m)' },
      { name: 'dry-run', short: 'n', help: 'only say what goes and what stays, and why' },
      { name: 'verbose', short: 'v', help: 'name the results that stay, too' },
      ...common,
    ],
    examples: ['flow gc --keep-runs 5 --dry-run', 'flow gc --older-than 30d --max-size 20GB'],
  },
  {
    name: 'pin',
    summary: 'keep a run from gc',
    operands: '[RUN…]',
    takes: ['run'],
    minOperands: 0,
    maxOperands: Infinity,
    about: `Keeps runs and all their results, whatever limits gc is given; a part of a run's id is enough.
Without RUN it lists what is pinned.`,
    options: [...common],
    examples: ['flow pin 20261124-093000-1a2b3c', 'flow pin'],
  },
  {
    name: 'unpin',
    summary: 'let gc remove a run again',
    operands: 'RUN…',
    takes: ['run'],
    minOperands: 1,
    maxOperands: Infinity,
    about: 'Takes pins away. Removes nothing by itself.',
    options: [...common],
    examples: ['flow unpin 20261124-093000-1a2b3c', 'flow unpin 1a2b3c'],
  },
];
