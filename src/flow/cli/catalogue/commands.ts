import type { Command } from '../args/command.ts';
import { artifacts } from './artifacts.ts';
import { cache } from './cache.ts';
import { machine } from './machine.ts';
import { pipelines } from './pipelines.ts';
import { runs } from './runs.ts';

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

/**
 * All commands, in the order of the help. Only data: the code of a command is loaded when it is
 * called.
 */
export const commandGroups: readonly CommandGroup[] = [
  { title: 'Run', commands: runs },
  { title: 'Inspect results', commands: artifacts },
  { title: 'Write pipelines', commands: pipelines },
  { title: 'Maintain cache and machine', commands: [...cache, ...machine] },
];

export const commands: readonly Command[] = commandGroups.flatMap((group) => group.commands);
