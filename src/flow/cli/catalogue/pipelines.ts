import type { Command } from '../args/command.ts';
import { common, help, json, overrides } from './options.ts';

export const pipelines: readonly Command[] = [
  {
    name: 'init',
    summary: 'write a small project that works',
    operands: '[DIR]',
    least: 0,
    most: 1,
    about: `Writes flow.yaml, a pipeline with Python stages, and their data into DIR (standard: here), to
be changed into a project of your own. Nothing is overwritten.`,
    options: [json, help],
    examples: ['flow init', 'flow init my-experiment'],
    load: async () => (await import('../commands/init.ts')).initCommand,
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
      {
        name: 'format',
        value: 'FORMAT',
        values: ['text', 'mermaid', 'dot'],
        help: 'text (standard), mermaid or dot',
      },
      { name: 'instances', help: 'every instance, not stages' },
      ...common,
    ],
    examples: ['flow graph pipelines/fig3.yaml', 'flow graph pipelines/fig3.yaml --format dot'],
    load: async () => (await import('../commands/graph.ts')).graphCommand,
  },
  {
    name: 'params',
    summary: 'list a pipeline’s params',
    operands: 'PIPELINE',
    least: 1,
    most: 1,
    about: 'Lists params with their values under the overrides given, types and descriptions.',
    options: [...overrides, ...common],
    examples: [
      'flow params pipelines/fig3.yaml',
      'flow params pipelines/fig3.yaml --profile paper -p td.rows=100',
    ],
    load: async () => (await import('../commands/params.ts')).paramsCommand,
  },
  {
    name: 'check',
    summary: 'look for mistakes in pipelines',
    operands: '[PIPELINE…]',
    least: 0,
    most: Infinity,
    about: `Reads the pipelines (standard: all of pipelines/) with all their stages, and reports every
mistake at once. Runs nothing. Exit 1 if it found something. --format github prints them so that
GitHub Actions marks the lines in a pull request.`,
    options: [
      ...overrides,
      {
        name: 'format',
        value: 'FORMAT',
        values: ['text', 'json', 'github'],
        help: 'text (standard), json or github',
      },
      ...common,
    ],
    examples: [
      'flow check',
      'flow check pipelines/fig3.yaml --profile paper',
      'flow check --format github',
    ],
    load: async () => (await import('../commands/check.ts')).checkCommand,
  },
];
