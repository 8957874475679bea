import type { Command, Option } from './command.ts';

const help: Option = { name: 'help', short: 'h', help: 'this text' };
const json: Option = { name: 'json', help: 'print one JSON object' };
const root: Option = { name: 'root', value: 'DIR', help: 'project root' };
const cache: Option = { name: 'cache', value: 'DIR', help: 'cache folder' };
const common: readonly Option[] = [json, root, cache, help];

const overrides: readonly Option[] = [
  {
    name: 'param',
    short: 'p',
    value: 'NAME=VALUE',
    repeatable: true,
    help: 'set a param (a,b,c for a list; += appends; td.rows=9 sets one leaf)',
  },
  { name: 'profile', value: 'NAME', help: 'a profile of the pipeline' },
  { name: 'params-file', value: 'FILE', help: 'params from a YAML or JSON file' },
];

const selection: readonly Option[] = [
  { name: 'run', value: 'ID', help: 'look in this run, not in the latest' },
  { name: 'file', short: 'f', value: 'PIPELINE', help: 'look in this pipeline as it stands' },
  ...overrides,
];

const inRun =
  'INSTANCE is looked up in the latest run, in --run ID, or in -f PIPELINE as it stands now.';

/** What is built, in the order of the help. Data only: a command's code is loaded when it is called. */
export const commands: readonly Command[] = [
  {
    name: 'run',
    summary: 'bring a pipeline up to date',
    operands: 'PIPELINE [TARGET…]',
    least: 1,
    most: Infinity,
    about: `Runs the stages whose inputs, params or code changed, takes the rest from the cache and
places the exports. A TARGET is a stage or an instance; without one, the pipeline's own targets.`,
    options: [
      ...overrides,
      { name: 'jobs', short: 'j', value: 'N', help: 'instances at once (standard: one a core)' },
      {
        name: 'failure',
        value: 'MODE',
        help: 'after a failure: no-new starts nothing more (standard), continue, kill',
      },
      { name: 'keep-going', short: 'k', help: 'same as --failure continue' },
      { name: 'dry-run', short: 'n', help: 'show what would run: flow plan' },
      { name: 'force', help: 'let exports overwrite files that flow did not write' },
      { name: 'quiet', short: 'q', help: 'no progress' },
      { name: 'verbose', short: 'v', help: 'plain lines, with hits and metrics' },
      ...common,
    ],
    examples: [
      'flow run pipelines/fig3.yaml',
      'flow run pipelines/fig3.yaml -p NUM=500,1000,2000',
      'flow run pipelines/fig3.yaml --profile paper -p encoder=DIR',
    ],
    load: async () => (await import('./run.ts')).runCommand,
  },
  {
    name: 'plan',
    summary: 'show what a run would do, and why',
    operands: 'PIPELINE [TARGET…]',
    least: 1,
    most: Infinity,
    about: `hit: its result is in the cache. miss: it would run. awaiting: a stage before it has to
run first; if that yields the same bytes as before, this one does not run.`,
    options: [
      ...overrides,
      { name: 'verbose', short: 'v', help: 'every instance, hits too' },
      ...common,
    ],
    examples: ['flow plan pipelines/fig3.yaml -p seeds+=2'],
    load: async () => (await import('./plan.ts')).planCommand,
  },
  {
    name: 'status',
    summary: 'how the latest or live run stands',
    operands: '',
    least: 0,
    most: 0,
    about: 'Shows the latest run, or --run ID: what each instance came to, and what runs now.',
    options: [
      { name: 'run', value: 'ID', help: 'this run' },
      { name: 'verbose', short: 'v', help: 'every instance' },
      ...common,
    ],
    examples: ['flow status', 'flow status --json'],
    load: async () => (await import('./status.ts')).statusCommand,
  },
  {
    name: 'explain',
    summary: 'say why an instance runs or ran',
    operands: 'INSTANCE',
    least: 1,
    most: 1,
    about: `Compares what determines the instance's result now with its nearest earlier result, and
names each difference: command, param, input, output, code, package, environment.
${inRun}`,
    options: [...selection, ...common],
    examples: ['flow explain train-td@disc=bce,seed=0'],
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  {
    name: 'ls',
    summary: 'list the artifacts of a run',
    operands: '[INSTANCE]',
    least: 0,
    most: 1,
    about: `Lists outputs with their sizes and digests; INSTANCE may be a stage or a part of a
reference.
${inRun}`,
    options: [...selection, ...common],
    examples: ['flow ls', 'flow ls finetune.metrics'],
    load: async () => (await import('./ls.ts')).lsCommand,
  },
  {
    name: 'show',
    summary: 'show all that is known of an instance',
    operands: 'INSTANCE',
    least: 1,
    most: 1,
    about: `Its command, params, inputs and where they come from, outputs, key, times and log.
${inRun}`,
    options: [...selection, ...common],
    examples: ['flow show select@strategy=bce,num=500'],
    load: async () => (await import('./show.ts')).showCommand,
  },
  {
    name: 'cat',
    summary: 'print an artifact',
    operands: 'INSTANCE [PATH]',
    least: 1,
    most: 2,
    about: `Prints a file's bytes as they are. Of a folder it lists the files; PATH names one of them.
${inRun}`,
    options: [...selection, ...common],
    examples: [
      'flow cat finetune.metrics@num=500,seed=0',
      'flow cat train-td.model@disc=bce,seed=0 config.json',
    ],
    load: async () => (await import('./cat.ts')).catCommand,
  },
  {
    name: 'checkout',
    summary: 'copy an artifact out of the cache',
    operands: 'INSTANCE [DEST]',
    least: 1,
    most: 2,
    about: `Copies a file or folder to DEST (standard: its own name, here). What lies there is kept
unless --force.
${inRun}`,
    options: [...selection, { name: 'force', help: 'replace what lies at DEST' }, ...common],
    examples: ['flow checkout train-td.model@disc=bce,seed=0 ./model'],
    load: async () => (await import('./checkout.ts')).checkoutCommand,
  },
  {
    name: 'log',
    summary: 'print what an instance wrote to its log',
    operands: 'INSTANCE',
    least: 1,
    most: 1,
    about: `Of a hit, the log of the run that computed it, while that is kept.
${inRun}`,
    options: [...selection, { name: 'path', help: 'print where the log lies instead' }, ...common],
    examples: ['flow log finetune@num=500,seed=0'],
    load: async () => (await import('./log.ts')).logCommand,
  },
  {
    name: 'graph',
    summary: 'draw a pipeline',
    operands: 'PIPELINE [TARGET…]',
    least: 1,
    most: Infinity,
    about: 'Draws stages and what they read; --instances draws every instance.',
    options: [
      ...overrides,
      { name: 'format', value: 'FORMAT', help: 'text (standard), mermaid or dot' },
      { name: 'instances', help: 'every instance, not stages' },
      ...common,
    ],
    examples: ['flow graph pipelines/fig3.yaml', 'flow graph pipelines/fig3.yaml --format dot'],
    load: async () => (await import('./graph.ts')).graphCommand,
  },
  {
    name: 'params',
    summary: 'list a pipeline’s params',
    operands: 'PIPELINE',
    least: 1,
    most: 1,
    about: 'Lists params with their values under the overrides given, types and descriptions.',
    options: [...overrides, ...common],
    examples: ['flow params pipelines/fig3.yaml --profile paper'],
    load: async () => (await import('./params.ts')).paramsCommand,
  },
  {
    name: 'check',
    summary: 'look for mistakes in pipelines',
    operands: '[PIPELINE…]',
    least: 0,
    most: Infinity,
    about: `Reads the pipelines (standard: all of pipelines/) with all their stages, and reports every
mistake at once. Runs nothing. Exit 1 if it found something.`,
    options: [...overrides, ...common],
    examples: ['flow check', 'flow check pipelines/fig3.yaml --profile paper'],
    load: async () => (await import('./check.ts')).checkCommand,
  },
];
