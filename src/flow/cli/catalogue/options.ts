import type { Option } from '../args/command.ts';

export const help: Option = { name: 'help', short: 'h', help: 'this text' };
export const json: Option = { name: 'json', help: 'print one JSON object' };
const root: Option = { name: 'root', value: 'DIR', takes: 'file', help: 'project root' };
const cache: Option = { name: 'cache', value: 'DIR', takes: 'file', help: 'cache folder' };
export const common: readonly Option[] = [json, root, cache, help];

export const overrides: readonly Option[] = [
  {
    name: 'param',
    short: 'p',
    value: 'NAME=VALUE',
    takes: 'param',
    repeatable: true,
    help: 'set a param (a,b,c for a list; += appends; td.rows=9 sets one leaf)',
  },
  { name: 'profile', value: 'NAME', takes: 'profile', help: 'a profile of the pipeline' },
  { name: 'params-file', value: 'FILE', takes: 'file', help: 'params from a YAML or JSON file' },
];

export const selection: readonly Option[] = [
  { name: 'run', value: 'ID', takes: 'run', help: 'look in this run, not in the latest' },
  {
    name: 'file',
    short: 'f',
    value: 'PIPELINE',
    takes: 'pipeline',
    help: 'look in this pipeline as it stands',
  },
  ...overrides,
];

export const inRun =
  'INSTANCE is looked up in the latest run, in --run ID, or in -f PIPELINE as it stands now.';
