import type { Command, Option } from '../args/command.ts';
import { STATES } from './states.ts';
import { common, inNewestRun, json, overrides, selection } from './options.ts';

const limits: readonly Option[] = [
  {
    name: 'jobs',
    short: 'j',
    value: 'N',
    help: 'run at most N instances at the same time (default: one per core)',
  },
  {
    name: 'failure',
    value: 'MODE',
    takes: ['no-new', 'continue', 'kill'],
    help: 'after a failure: no-new (default), continue or kill',
  },
  { name: 'keep-going', short: 'k', help: 'same as --failure continue' },
];

const sandbox: Option = {
  name: 'sandbox',
  help: 'hide undeclared files from stages (needs bubblewrap)',
};

const afterRun: readonly Option[] = [
  { name: 'no-exports', help: 'write no exports, for a run that only explores' },
  {
    name: 'keep-failed',
    help: 'keep the folders of failed attempts for flow shell, until flow gc',
  },
  { name: 'quiet', short: 'q', help: 'print no progress' },
  { name: 'verbose', short: 'v', help: 'print plain lines, with hits and metrics' },
];

const watchOptions: readonly Option[] = [
  ...overrides,
  ...limits,
  sandbox,
  ...afterRun,
  ...common.filter((option) => option !== json),
];

export const runs: readonly Command[] = [
  {
    name: 'run',
    summary: 'bring a pipeline up to date',
    operands: 'PIPELINE [TARGET…]',
    takes: ['pipeline', 'target'],
    minOperands: 1,
    maxOperands: Infinity,
    about: `Runs the stages whose inputs, params or code changed, takes the other results from the cache,
and writes the exports. TARGET is a stage, an instance or a pattern of stage names, such as
'train-*' (default: the pipeline's own targets). --rerun runs something again although its result is
in the cache. The new result replaces the stored one; flow names the outputs that differ.
After a failure, no-new starts nothing new, continue runs everything that does not need the failed
instance, and kill also stops the running instances.`,
    options: [
      ...overrides,
      ...limits,
      {
        name: 'rerun',
        value: 'NAME',
        takes: 'target',
        repeatable: true,
        help: 'run this stage, instance or probe.NAME again, also if it is a hit',
      },
      { name: 'dry-run', short: 'n', help: 'only show what would run, as flow plan does' },
      sandbox,
      { name: 'force', help: 'let exports overwrite files that flow did not write' },
      ...afterRun,
      ...common,
    ],
    examples: [
      'flow run pipelines/fig3.yaml',
      'flow run pipelines/fig3.yaml -p NUM=500,1000,2000',
      'flow run pipelines/fig3.yaml --profile paper -p encoder=DIR',
      'flow run pipelines/fig3.yaml --rerun probe.backend',
    ],
  },
  {
    name: 'watch',
    summary: 'run a pipeline again whenever what it reads changes',
    operands: 'PIPELINE [TARGET…]',
    takes: ['pipeline', 'target'],
    minOperands: 1,
    maxOperands: Infinity,
    about: `Runs the pipeline as flow run does, then waits until its text, a source or a code file changes,
and runs it again. Edits that follow each other within 0.2 s are one change. If an edit restores
the old content, nothing runs. Ctrl-C ends it. It uses the file events of the operating system,
which network file systems do not send for changes that other machines make.`,
    options: watchOptions,
    examples: [
      'flow watch pipelines/fig3.yaml',
      'flow watch pipelines/fig3.yaml select -p NUM=500',
    ],
  },
  {
    name: 'plan',
    summary: 'show what a run would do, and why',
    operands: 'PIPELINE [TARGET…]',
    takes: ['pipeline', 'target'],
    minOperands: 1,
    maxOperands: Infinity,
    about: `hit: the result is in the cache. miss: the instance will run. awaiting: an earlier stage must
run first; if its output is unchanged, this instance does not run.`,
    options: [
      ...overrides,
      { name: 'verbose', short: 'v', help: 'list every instance, also hits' },
      ...common,
    ],
    examples: [
      'flow plan pipelines/fig3.yaml -p seeds+=2',
      'flow plan pipelines/fig3.yaml figure --verbose',
    ],
  },
  {
    name: 'status',
    summary: 'show the state of the latest run',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about:
      'Shows the latest run, or --run ID: the outcome of each instance, and what is running now.',
    options: [
      { name: 'run', value: 'ID', takes: 'run', help: 'show this run' },
      { name: 'verbose', short: 'v', help: 'list every instance' },
      ...common,
    ],
    examples: ['flow status', 'flow status --json'],
  },
  {
    name: 'runs',
    summary: 'list the recorded runs, newest first',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: `Lists the runs of this project: pipeline, state, age, duration, how many instances ran, were hits
or failed, and the options that set params. A run died if its process is gone without an end.`,
    options: [
      {
        name: 'pipeline',
        value: 'PIPELINE',
        takes: 'pipeline',
        help: 'list only runs of this pipeline (a name or a file)',
      },
      {
        name: 'state',
        value: 'STATE',
        takes: STATES,
        help: 'list only running, ok, failed, interrupted or died',
      },
      {
        name: 'since',
        value: 'AGE',
        help: 'list only runs that started within this time: 12h, 7d',
      },
      { name: 'max', short: 'n', value: 'N', help: 'list at most N runs' },
      ...common,
    ],
    examples: [
      'flow runs',
      'flow runs --pipeline fig3 --since 7d',
      'flow runs --state failed -n 5',
    ],
  },
  {
    name: 'explain',
    summary: 'show why an instance runs or ran',
    operands: 'INSTANCE',
    takes: ['instance'],
    minOperands: 1,
    maxOperands: 1,
    about: `Compares what determines the instance's result now with its nearest earlier result, and lists
each difference: command, param, input, output, code, package, environment. flow traces a changed
input to the stage that caused the change. For a hit, shows which run computed it, when and where.
--run ID explains the instance from the records of that run, even if files changed since. If it ran
for the first time, only --nearest compares it, with the nearest result of its stage. Instances that
changed alike are one line.
${inNewestRun}`,
    options: [
      ...selection,
      { name: 'nearest', help: 'compare a first run with the nearest result of its stage' },
      { name: 'verbose', short: 'v', help: 'list every instance' },
      ...common,
    ],
    examples: [
      'flow explain train-td@disc=bce,seed=0',
      'flow explain figure -f pipelines/fig3.yaml -p seeds+=2',
    ],
  },
  {
    name: 'report',
    summary: 'write a run as one HTML file',
    operands: '[RUN]',
    takes: ['run'],
    minOperands: 0,
    maxOperands: 1,
    about: `Writes the latest run, or RUN, to report-RUN.html: outcomes, graph, timeline, metrics, figures,
curves, params, ends of logs, machine. The file needs no network and works without scripts.
--trace alone writes only the times for Perfetto, no HTML.`,
    options: [
      {
        name: 'output',
        short: 'o',
        value: 'FILE',
        takes: 'file',
        help: 'write the HTML to this file',
      },
      {
        name: 'trace',
        value: 'FILE',
        takes: 'file',
        help: 'write a trace for Perfetto or chrome://tracing',
      },
      { name: 'force', help: 'replace a file that flow report did not write' },
      ...common,
    ],
    examples: ['flow report', 'flow report --trace trace.json -o report.html'],
  },
  {
    name: 'diff',
    summary: 'compare two runs',
    operands: '[RUN [RUN]]',
    takes: ['run'],
    minOperands: 0,
    maxOperands: 2,
    about: `Compares two runs: params, changed instances, their effects, and metrics. Without RUN: the latest
run and the previous run of its pipeline. With one RUN: that run and the latest. RUN is an id, or
the start or end of one. Instances that changed alike are one line, with the means of their metrics.`,
    options: [{ name: 'verbose', short: 'v', help: 'list every instance' }, ...common],
    examples: [
      'flow diff',
      'flow diff 3f9a2c',
      'flow diff 20261123-175959-3f9a2c 20261124-090112-81b0aa --json',
    ],
  },
  {
    name: 'adopt',
    summary: 'take results that were made elsewhere',
    operands: 'INSTANCE',
    takes: ['instance'],
    minOperands: 1,
    maxOperands: 1,
    about: `Copies files that were made elsewhere into the cache, as the result of INSTANCE. The folder
holds the outputs under the paths that the stage declares. All inputs of INSTANCE must have results.
A result that exists stays, unless --force replaces it. flow show, flow explain, reports and crates
mark an adopted result.`,
    options: [
      {
        name: 'outputs',
        value: 'DIR',
        takes: 'file',
        help: 'the folder with the outputs (required)',
      },
      {
        name: 'file',
        short: 'f',
        value: 'PIPELINE',
        takes: 'pipeline',
        help: 'the pipeline of INSTANCE (required)',
      },
      ...overrides,
      { name: 'force', help: 'replace a result that exists' },
      ...common,
    ],
    examples: [
      'flow adopt train@seed=0 --outputs from-cluster/ -f pipelines/train.yaml',
      'flow adopt encoder --outputs models/v3 -f pipelines/train.yaml -p size=small --force',
    ],
  },
  {
    name: 'audit',
    summary: 'find reads that a stage does not declare',
    operands: 'INSTANCE',
    takes: ['instance'],
    minOperands: 1,
    maxOperands: 1,
    about: `Runs the stage once more under strace and lists undeclared files that it read, writes outside
its scratch folder, and network addresses that it reached. Throws the result away. Without strace,
runs the stage in bubblewrap, where undeclared files do not exist: if the stage still succeeds, it
does not need them. Exit code 1: flow audit found something.
${inNewestRun}`,
    options: [
      ...selection,
      {
        name: 'tool',
        alias: 'by',
        value: 'TOOL',
        takes: ['strace', 'bubblewrap'],
        help: 'strace or bubblewrap (default: the first that works on this machine)',
      },
      ...common,
    ],
    examples: [
      'flow audit select@strategy=bce,num=500',
      'flow audit prepare -f pipelines/fig3.yaml --json',
    ],
  },
  {
    name: 'shell',
    summary: 'open a shell in the folder of a failed attempt',
    operands: 'INSTANCE',
    takes: ['instance'],
    minOperands: 1,
    maxOperands: 1,
    about: `Opens $SHELL in the folder of a failed attempt, to find out why it failed. flow run --keep-failed
keeps these folders; flow shell takes the last one of INSTANCE. The shell has the inputs, the
code, the half-written outputs and the environment of the stage. Secrets come from the environment
of flow shell. Prints the command of the stage. flow gc removes kept attempts. Without --run, flow
takes the newest run that kept an attempt of INSTANCE.`,
    options: [{ name: 'run', value: 'ID', takes: 'run', help: 'use this run' }, ...common],
    examples: ['flow shell finetune@num=500,seed=0', 'flow shell prepare --run 3f9a2c'],
  },
  {
    name: 'ui',
    summary: 'show runs in a browser, live',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: `Serves a page on 127.0.0.1 until Ctrl-C: runs, graph, instances with logs and curves,
artifacts, comparison of runs, why an instance ran. It is read-only, only for this machine, and
starts no program of the project. It refuses requests from pages of other origins.`,
    options: [
      {
        name: 'port',
        value: 'N',
        help: 'use this port (default: 3569, or a free port if that is in use)',
      },
      ...common,
    ],
    examples: ['flow ui', 'flow ui --port 8080'],
  },
  {
    name: 'export',
    summary: 'export a run with its provenance as an RO-Crate',
    operands: '[RUN]',
    takes: ['run'],
    minOperands: 0,
    maxOperands: 1,
    about: `Writes the latest run, or RUN, as a folder ro-crate-RUN in the format of the Workflow Run RO-Crate
profiles: the pipeline, the exports, and for each file its origin and SHA-256. The folder has only
recorded facts: no host, no environment, no path outside the project.`,
    options: [
      { name: 'ro-crate', help: 'use this format (required)' },
      { name: 'output', short: 'o', value: 'DIR', takes: 'file', help: 'create this folder' },
      { name: 'license', value: 'URL', help: 'licence of the content; flow cannot know it' },
      ...common,
    ],
    examples: [
      'flow export --ro-crate',
      'flow export --ro-crate 3f9a2c --license https://spdx.org/licenses/CC-BY-4.0',
    ],
  },
];
