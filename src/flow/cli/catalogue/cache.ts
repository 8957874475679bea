import type { Command } from '../args/command.ts';
import { common } from './options.ts';

export const cache: readonly Command[] = [
  {
    name: 'verify',
    summary: 'check the whole cache and remove damaged results',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: `Reads every blob and every record and compares them with their digests. Removes what a disk, an
editor or a crash has damaged, with the results that need it; the next run computes them again.
Exit code 1: flow verify found something. You can use it while runs are active.`,
    options: [{ name: 'dry-run', help: 'only report; remove nothing' }, ...common],
    examples: ['flow verify', 'flow verify --dry-run --json'],
  },
  {
    name: 'gc',
    summary: 'remove unused results from the cache',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: `Removes what nothing refers to: results that no run lists, blobs that no result names, files of
dead processes, and old checkpoints. A run that stays keeps all its results.
flow removes runs only if you set a limit. With another limit, --keep-runs protects the newest N
runs from it. flow never removes pinned or active runs. --max-size removes the oldest runs first;
exit code 1 means that what must stay is larger than this size.`,
    options: [
      {
        name: 'keep-runs',
        value: 'N',
        help: 'keep the newest N runs of each pipeline, and its newest successful run',
      },
      { name: 'older-than', value: 'TIME', help: 'remove what was last used longer ago: 12h, 30d' },
      { name: 'max-size', value: 'SIZE', help: 'maximum size of the cache: 500MB, 20GB' },
      { name: 'grace', value: 'TIME', help: 'keep everything newer than this (default: 10m)' },
      {
        name: 'dry-run',
        short: 'n',
        help: 'only list what would be removed and what stays, and why',
      },
      { name: 'verbose', short: 'v', help: 'also list the results that stay' },
      ...common,
    ],
    examples: ['flow gc --keep-runs 5 --dry-run', 'flow gc --older-than 30d --max-size 20GB'],
  },
  {
    name: 'pin',
    summary: 'protect a run from gc',
    operands: '[RUN…]',
    takes: ['run'],
    minOperands: 0,
    maxOperands: Infinity,
    about: `Protects runs and all their results from gc, whatever its limits. RUN can be a part of an id.
Without RUN, lists the pinned runs.`,
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
    about: 'Removes the protection of flow pin. Removes no results.',
    options: [...common],
    examples: ['flow unpin 20261124-093000-1a2b3c', 'flow unpin 1a2b3c'],
  },
];
