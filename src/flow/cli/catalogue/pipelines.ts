import type { Command } from '../args/command.ts';
import { common, help, json, overrides } from './options.ts';

export const pipelines: readonly Command[] = [
  {
    name: 'init',
    summary: 'write a small project that works',
    operands: '[DIR]',
    takes: ['file'],
    minOperands: 0,
    maxOperands: 1,
    about: `Writes flow.yaml, a pipeline with Python stages, and their data into DIR (standard: here), to
be changed into a project of your own. Nothing is overwritten.`,
    options: [json, help],
    examples: ['flow init', 'flow init my-experiment'],
  },
  {
    name: 'graph',
    summary: 'draw a pipeline',
    operands: 'PIPELINE [TARGET…]',
    takes: ['pipeline', 'target'],
    minOperands: 1,
    maxOperands: Infinity,
    about: 'Draws stages and what they read; --instances draws every instance.',
    options: [
      ...overrides,
      {
        name: 'format',
        value: 'FORMAT',
        takes: ['text', 'mermaid', 'dot'],
        help: 'text (standard), mermaid or dot',
      },
      { name: 'instances', help: 'every instance, not stages' },
      ...common,
    ],
    examples: ['flow graph pipelines/fig3.yaml', 'flow graph pipelines/fig3.yaml --format dot'],
  },
  {
    name: 'params',
    summary: 'list a pipeline’s params',
    operands: 'PIPELINE',
    takes: ['pipeline'],
    minOperands: 1,
    maxOperands: 1,
    about: 'Lists params with their values under the overrides given, types and descriptions.',
    options: [...overrides, ...common],
    examples: [
      'flow params pipelines/fig3.yaml',
      'flow params pipelines/fig3.yaml --profile paper -p td.rows=100',
    ],
  },
  {
    name: 'check',
    summary: 'look for mistakes in pipelines',
    operands: '[PIPELINE…]',
    takes: ['pipeline'],
    minOperands: 0,
    maxOperands: Infinity,
    about: `Reads the pipelines (standard: all of pipelines/) with all their stages, and reports every
mistake at once. Runs nothing. Exit 1 if it found something. --format github prints them so that
GitHub Actions marks the lines in a pull request.`,
    options: [
      ...overrides,
      {
        name: 'format',
        value: 'FORMAT',
        takes: ['text', 'json', 'github'],
        help: 'text (standard), json or github',
      },
      ...common,
    ],
    examples: [
      'flow check',
      'flow check pipelines/fig3.yaml --profile paper',
      'flow check --format github',
    ],
  },
];
