import type { Command, Option } from '../args/command.ts';
import { common, inRun, selection } from './options.ts';

export const artifacts: readonly Command[] = [
  {
    name: 'ls',
    summary: 'list the artifacts of a run',
    operands: '[INSTANCE]',
    takes: ['instance'],
    minOperands: 0,
    maxOperands: 1,
    about: `Lists outputs with their sizes and digests; INSTANCE may be a stage or a part of a
reference.
${inRun}`,
    options: [...selection, ...common],
    examples: ['flow ls', 'flow ls finetune.metrics'],
  },
  {
    name: 'show',
    summary: 'show what an artifact is, and where it came from',
    operands: 'INSTANCE [PATH]',
    takes: ['instance', 'content'],
    minOperands: 1,
    maxOperands: 2,
    about: `Of an output (STAGE.OUTPUT): its kind and size, who made it and from what, back to the
sources, who reads it, and what is in it: numbers as a table, first rows, tensors with their shapes.
PATH names a file of a folder. Of an instance: its command, params, inputs, outputs, key, times
and log.
${inRun}`,
    options: [...selection, ...common],
    examples: [
      'flow show finetune.metrics@num=500,seed=0',
      'flow show prepare.rows@task=rte dev.ids.npy',
      'flow show select@strategy=bce,num=500',
    ],
  },
  {
    name: 'table',
    summary: 'table what all runs measured',
    operands: 'INSTANCE',
    takes: ['instance'],
    minOperands: 1,
    maxOperands: 1,
    about: `One row a result of STAGE.OUTPUT over all runs: its axes, the params in which the results
differ (those of the stages before it too), the numbers of its JSON, CSV or TSV file, and the run.
--csv is read by pandas as it is.`,
    options: [
      {
        name: 'where',
        short: 'w',
        value: 'AXIS=VALUE',
        takes: 'axis',
        repeatable: true,
        help: 'only these rows (a,b,c for several values)',
      },
      { name: 'csv', help: 'print CSV' },
      ...common,
    ],
    examples: [
      'flow table finetune.metrics --where num=500',
      'flow table finetune.metrics --csv > metrics.csv',
    ],
  },
  {
    name: 'cat',
    summary: 'print an artifact',
    operands: 'INSTANCE [PATH]',
    takes: ['instance', 'content'],
    minOperands: 1,
    maxOperands: 2,
    about: `Prints a file's bytes as they are. Of a folder it lists the files; PATH names one of them.
${inRun}`,
    options: [...selection, ...common],
    examples: [
      'flow cat finetune.metrics@num=500,seed=0',
      'flow cat train-td.model@disc=bce,seed=0 config.json',
    ],
  },
  {
    name: 'checkout',
    summary: 'copy an artifact out of the cache',
    operands: 'INSTANCE [DEST]',
    takes: ['instance', 'file'],
    minOperands: 1,
    maxOperands: 2,
    about: `Copies a file or folder to DEST (standard: its own name, here). A file goes into a DEST that is
a folder. What lies there is kept unless --force; a folder then gives way, as a whole, to a folder.
${inRun}`,
    options: [...selection, { name: 'force', help: 'replace what lies at DEST' }, ...common],
    examples: [
      'flow checkout train-td.model@disc=bce,seed=0 ./model',
      'flow checkout figure.plot@primary=rte ~/paper/',
    ],
  },
  {
    name: 'open',
    summary: 'open an artifact in the program for its kind',
    operands: 'INSTANCE [PATH]',
    takes: ['instance', 'content'],
    minOperands: 1,
    maxOperands: 2,
    about: `Copies the artifact to a temporary folder and opens the copy as a double click would (xdg-open,
on macOS open), or with a program. PATH names a file of a folder.
${inRun}`,
    options: [
      ...selection,
      { name: 'with', value: 'PROGRAM', takes: 'file', help: 'open it with this program' },
      ...common,
    ],
    examples: ['flow open figure.plot', 'flow open finetune.epochs@num=500,seed=0 --with less'],
  },
  {
    name: 'log',
    summary: 'print what an instance wrote to its log',
    operands: 'INSTANCE',
    takes: ['instance', 'pipeline'],
    minOperands: 1,
    maxOperands: 2,
    about: `Of a hit, the log of the run that computed it, while that is kept. -f waits for what comes,
attempt by attempt, until the instance has ended.
INSTANCE is looked up in the latest run, in --run ID, or in --file PIPELINE as it stands now.`,
    options: [
      { name: 'follow', short: 'f', help: 'go on until the instance of a live run has ended' },
      ...selection.map(withoutShortFile),
      { name: 'path', help: 'print where the log lies instead' },
      ...common,
    ],
    examples: ['flow log finetune@num=500,seed=0', 'flow log -f train-td@disc=ce,seed=0'],
  },
];

/** -f follows here, as it does in tail; with a PIPELINE it is --file all the same. */
function withoutShortFile(option: Option): Option {
  if (option.name !== 'file') return option;
  const { short: _, ...rest } = option;
  return rest;
}
