import type { Command } from '../args/command.ts';
import { common, inRun, overrides, selection } from './options.ts';

export const runs: readonly Command[] = [
  {
    name: 'run',
    summary: 'bring a pipeline up to date',
    operands: 'PIPELINE [TARGET…]',
    takes: ['pipeline', 'target'],
    minOperands: 1,
    maxOperands: Infinity,
    about: `Runs the stages whose inputs, params or code changed, takes the rest from the cache and
places the exports. A TARGET is a stage or an instance; without one, the pipeline's own targets.`,
    options: [
      ...overrides,
      { name: 'jobs', short: 'j', value: 'N', help: 'instances at once (standard: one a core)' },
      {
        name: 'failure',
        value: 'MODE',
        takes: ['no-new', 'continue', 'kill'],
        help: 'after a failure: no-new starts nothing more (standard), continue, kill',
      },
      { name: 'keep-going', short: 'k', help: 'same as --failure continue' },
      { name: 'dry-run', short: 'n', help: 'show what would run: flow plan' },
      {
        name: 'sandbox',
        help: 'shut stages in: they see only what they declared (needs bubblewrap)',
      },
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
  },
  {
    name: 'plan',
    summary: 'show what a run would do, and why',
    operands: 'PIPELINE [TARGET…]',
    takes: ['pipeline', 'target'],
    minOperands: 1,
    maxOperands: Infinity,
    about: `hit: its result is in the cache. miss: it would run. awaiting: a stage before it has to
run first; if that yields the same bytes as before, this one does not run.`,
    options: [
      ...overrides,
      { name: 'verbose', short: 'v', help: 'every instance, hits too' },
      ...common,
    ],
    examples: [
      'flow plan pipelines/fig3.yaml -p seeds+=2',
      'flow plan pipelines/fig3.yaml figure --verbose',
    ],
  },
  {
    name: 'status',
    summary: 'how the latest or live run stands',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: 'Shows the latest run, or --run ID: what each instance came to, and what runs now.',
    options: [
      { name: 'run', value: 'ID', takes: 'run', help: 'this run' },
      { name: 'verbose', short: 'v', help: 'every instance' },
      ...common,
    ],
    examples: ['flow status', 'flow status --json'],
  },
  {
    name: 'explain',
    summary: 'say why an instance runs or ran',
    operands: 'INSTANCE',
    takes: ['instance'],
    minOperands: 1,
    maxOperands: 1,
    about: `Compares what determines the instance's result now with its nearest earlier result, and
names each difference: command, param, input, output, code, package, environment. Inputs that stages
made are followed to the stages that changed. Of a hit it says which run made it, when and where.
--run ID tells it as it was in that run, by what was recorded, whatever changed since.
${inRun}`,
    options: [...selection, ...common],
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
curves, params, ends of logs, machine. The file needs no network and reads without scripts.
--trace writes the times for Perfetto; alone, it writes no HTML.`,
    options: [
      { name: 'output', short: 'o', value: 'FILE', takes: 'file', help: 'the HTML file' },
      {
        name: 'trace',
        value: 'FILE',
        takes: 'file',
        help: 'a trace for Perfetto or chrome://tracing',
      },
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
    about: `Compares the first run with the second one: params, what changed in which instance, what
follows from it, and the numbers of outputs of kind metrics. The second one is the latest run if not
named, the first one that of its pipeline before it. A RUN is an id, or its beginning or end.`,
    options: [...common],
    examples: [
      'flow diff',
      'flow diff 3f9a2c',
      'flow diff 20261123-175959-3f9a2c 20261124-090112-81b0aa --json',
    ],
  },
  {
    name: 'audit',
    summary: 'find what a stage reads without declaring it',
    operands: 'INSTANCE',
    takes: ['instance'],
    minOperands: 1,
    maxOperands: 1,
    about: `Runs the stage once more under strace and lists files that it read and did not declare,
writes outside its scratch folder, and addresses that it reached; the result is thrown away. Without
strace, runs it in bubblewrap: what it did not declare is not there, and either it fails or it does
not need it. Exit 1 if it found something.
${inRun}`,
    options: [
      ...selection,
      {
        name: 'tool',
        alias: 'by',
        value: 'TOOL',
        takes: ['strace', 'bubblewrap'],
        help: 'strace or bubblewrap (standard: the first that works here)',
      },
      ...common,
    ],
    examples: [
      'flow audit select@strategy=bce,num=500',
      'flow audit prepare -f pipelines/fig3.yaml --json',
    ],
  },
  {
    name: 'ui',
    summary: 'look at runs in a browser, live',
    operands: '',
    minOperands: 0,
    maxOperands: 0,
    about: `Serves a page on 127.0.0.1 until Ctrl-C: runs, graph, instances with logs and curves,
artifacts, comparison of runs, why an instance ran. It reads only, and answers this machine only.`,
    options: [
      { name: 'port', value: 'N', help: 'port (standard: 3569, or a free one if that is taken)' },
      ...common,
    ],
    examples: ['flow ui', 'flow ui --port 8080'],
  },
  {
    name: 'export',
    summary: 'describe a run for others, as an RO-Crate',
    operands: '[RUN]',
    takes: ['run'],
    minOperands: 0,
    maxOperands: 1,
    about: `Writes the latest run, or RUN, as a folder ro-crate-RUN after the Workflow Run RO-Crate profiles:
the pipeline, the exports, and who made what of what, with the SHA-256 of every file. It tells what
was recorded and nothing else: no host, no environment, no path outside the project.`,
    options: [
      { name: 'ro-crate', help: 'the format (required)' },
      { name: 'output', short: 'o', value: 'DIR', takes: 'file', help: 'the folder to make' },
      { name: 'license', value: 'URL', help: 'licence of what is in it, which flow cannot know' },
      ...common,
    ],
    examples: [
      'flow export --ro-crate',
      'flow export --ro-crate 3f9a2c --license https://spdx.org/licenses/CC-BY-4.0',
    ],
  },
];
