import type { Command } from './command.ts';
import { artifacts } from './commands/artifacts.ts';
import { cache } from './commands/cache.ts';
import { machine } from './commands/machine.ts';
import { pipelines } from './commands/pipelines.ts';
import { runs } from './commands/runs.ts';
import { tool } from './commands/tool.ts';

/** What is built, in the order of the help. Data only: a command's code is loaded when it is called. */
export const commands: readonly Command[] = [
  ...runs,
  ...artifacts,
  ...cache,
  ...pipelines,
  ...tool,
  ...machine,
];
