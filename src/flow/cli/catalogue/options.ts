import type { Option } from '../args/command.ts';

export const help: Option = { name: 'help', short: 'h', help: 'print this text' };
export const json: Option = { name: 'json', help: 'print one JSON object' };
const root: Option = {
  name: 'root',
  value: 'DIR',
  takes: 'file',
  help: 'use this folder as the project root',
};
const cache: Option = {
  name: 'cache',
  value: 'DIR',
  takes: 'file',
  help: 'use this folder as the cache',
};
const trust: Option = {
  name: 'trust',
  help: 'trust this project: flow may start its programs to look at it',
};
export const common: readonly Option[] = [json, root, cache, trust, help];

export const overrides: readonly Option[] = [
  {
    name: 'param',
    short: 'p',
    value: 'NAME=VALUE',
    takes: 'param',
    repeatable: true,
    help: 'set a param (a,b,c for a list; += appends; td.rows=9 sets one value)',
  },
  {
    name: 'profile',
    value: 'NAME',
    takes: 'profile',
    repeatable: true,
    help: 'use the values of this profile of the pipeline; a later profile wins',
  },
  {
    name: 'params-file',
    value: 'FILE',
    takes: 'file',
    repeatable: true,
    help: 'read params from a YAML or JSON file; a later file wins',
  },
];

export const selection: readonly Option[] = [
  { name: 'run', value: 'ID', takes: 'run', help: 'use this run instead of the latest' },
  {
    name: 'file',
    short: 'f',
    value: 'PIPELINE',
    takes: 'pipeline',
    help: 'use the current pipeline file',
  },
  ...overrides,
];

export const inRun = `flow looks for INSTANCE in the latest run. Use --run ID for another run, or -f PIPELINE for the
current pipeline file.`;

export const inNewestRun = `flow takes INSTANCE from the newest run that has it, and names that run on stderr if it is not the
latest. Use --run ID for another run, or -f PIPELINE for the current pipeline file.`;
