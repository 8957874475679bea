import type { Command } from './command.ts';
import { artifacts } from './commands/artifacts.ts';
import { cache } from './commands/cache.ts';
import { machine } from './commands/machine.ts';
import { pipelines } from './commands/pipelines.ts';
import { runs } from './commands/runs.ts';
import { tool } from './commands/tool.ts';

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

/** What is built, in the order of the help. Data only: a command's code is loaded when it is called. */
export const commandGroups: readonly CommandGroup[] = [
  { title: 'Run', commands: runs },
  { title: 'Look at what was made', commands: artifacts },
  { title: 'Write pipelines', commands: pipelines },
  { title: 'Look after cache and machine', commands: [...cache, ...machine, ...tool] },
];

export const commands: readonly Command[] = commandGroups.flatMap((group) => group.commands);
