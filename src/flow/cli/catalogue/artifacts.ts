import type { Command, Option } from '../args/command.ts';
import { common, inNewestRun, inRun, selection } from './options.ts';

export const artifacts: readonly Command[] = [
  {
    name: 'ls',
    summary: 'list the artifacts of a run',
    operands: '[INSTANCE]',
    takes: ['instance'],
    minOperands: 0,
    maxOperands: 1,
    about: `Lists outputs with their sizes and digests. INSTANCE can be a stage or a part of a name.
${inRun}`,
    options: [...selection, ...common],
    examples: ['flow ls', 'flow ls finetune.metrics'],
  },
  {
    name: 'show',
    summary: 'show an artifact: content, origin and readers',
    operands: 'INSTANCE [PATH]',
    takes: ['instance', 'content'],
    minOperands: 1,
    maxOperands: 2,
    about: `For STAGE.OUTPUT, shows kind, size, origin back to the sources, readers, and a preview
(numbers, first rows, tensor shapes). PATH is a file in a folder. For an instance, shows command,
params, inputs, outputs, key, times and log.
${inNewestRun}`,
    options: [...selection, ...common],
    examples: [
      'flow show finetune.metrics@num=500,seed=0',
      'flow show prepare.dev@task=rte dev.ids.npy',
      'flow show select@strategy=bce,num=500',
    ],
  },
  {
    name: 'table',
    summary: 'list the metrics of all runs as a table',
    operands: 'INSTANCE',
    takes: ['instance'],
    minOperands: 1,
    maxOperands: 1,
    about: `Prints the numbers of STAGE.OUTPUT, a JSON, CSV or TSV file, over all runs. Each result has one
row for each set of params: its axes, the params in which the rows differ (also params of earlier
stages), the numbers, and the newest run with this result and these params. --where and --sort
take any of these columns, and also params that are equal in all rows. A number that 64 bits
cannot hold stays as written; in --json it is a text. pandas can read --csv directly.`,
    options: [
      {
        name: 'where',
        short: 'w',
        value: 'COLUMN=VALUE',
        takes: 'axis',
        repeatable: true,
        help: 'print only rows with this value (a,b,c for several); also !=, <=, >',
      },
      {
        name: 'sort',
        value: 'COLUMN',
        repeatable: true,
        help: 'sort by this column, or by COLUMN:desc from the largest value',
      },
      { name: 'columns', value: 'A,B,C', help: 'print only these columns, in this order' },
      { name: 'csv', help: 'print CSV' },
      ...common,
    ],
    examples: [
      'flow table finetune.metrics --where num=500',
      "flow table finetune.metrics --where 'score>=0.6' --sort score:desc --columns seed,score",
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
    about: `Prints the bytes of a file unchanged. For a folder, lists the files; PATH is one of them.
${inNewestRun}`,
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
    about: `Copies a file or folder to DEST (default: its own name, in the current folder). If DEST is a
folder, copies a file into it. Keeps an existing DEST unless you give --force; then a folder
replaces the whole old folder.
${inNewestRun}`,
    options: [...selection, { name: 'force', help: 'replace an existing DEST' }, ...common],
    examples: [
      'flow checkout train-td.model@disc=bce,seed=0 ./model',
      'flow checkout figure.plot@primary=rte ~/paper/',
    ],
  },
  {
    name: 'open',
    summary: 'open an artifact with the default program for its kind',
    operands: 'INSTANCE [PATH]',
    takes: ['instance', 'content'],
    minOperands: 1,
    maxOperands: 2,
    about: `Copies the artifact to a temporary folder and opens the copy with the default program
(xdg-open, on macOS open) or with --with PROGRAM. PATH is a file in a folder.
${inNewestRun}`,
    options: [
      ...selection,
      { name: 'with', value: 'PROGRAM', takes: 'file', help: 'open the copy with this program' },
      ...common,
    ],
    examples: ['flow open figure.plot', 'flow open finetune.epochs@num=500,seed=0 --with less'],
  },
  {
    name: 'log',
    summary: 'print the log of an instance',
    operands: 'INSTANCE',
    takes: ['instance', 'pipeline'],
    minOperands: 1,
    maxOperands: 2,
    about: `For a hit, prints the log of the run that computed it, if it still exists. -f prints new lines,
also of later attempts, until the instance ends.
flow takes INSTANCE from the newest run that has a log of it, and names that run on stderr if it is
not the latest. Use --run ID for another run, or --file PIPELINE for the current pipeline file.`,
    options: [
      { name: 'follow', short: 'f', help: 'print new lines until the instance of a live run ends' },
      ...selection.map(withoutShortFile),
      { name: 'path', help: 'print the path of the log instead' },
      ...common,
    ],
    examples: ['flow log finetune@num=500,seed=0', 'flow log -f train-td@disc=ce,seed=0'],
  },
];

/** Here -f means --follow, as in tail. With a PIPELINE it means --file. */
function withoutShortFile(option: Option): Option {
  if (option.name !== 'file') return option;
  const { short: _, ...rest } = option;
  return rest;
}
