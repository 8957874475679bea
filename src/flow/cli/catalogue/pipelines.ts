import type { Command } from '../args/command.ts';
import { common, help, json, overrides } from './options.ts';

export const pipelines: readonly Command[] = [
  {
    name: 'init',
    summary: 'write a small working project',
    operands: '[DIR]',
    takes: ['file'],
    minOperands: 0,
    maxOperands: 1,
    about: `Writes flow.yaml, a pipeline with Python stages, and their data into DIR (default: the current
folder). Change them into your own project. Overwrites nothing.`,
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
    about: 'Draws the stages and which stage reads which; --instances draws every instance.',
    options: [
      ...overrides,
      {
        name: 'format',
        value: 'FORMAT',
        takes: ['text', 'mermaid', 'dot'],
        help: 'text (default), mermaid or dot',
      },
      { name: 'instances', help: 'draw every instance instead of stages' },
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
    about: 'Lists params with their types, descriptions, and values after the given overrides.',
    options: [...overrides, ...common],
    examples: [
      'flow params pipelines/fig3.yaml',
      'flow params pipelines/fig3.yaml --profile paper -p td.rows=100',
    ],
  },
  {
    name: 'check',
    summary: 'find mistakes in pipelines',
    operands: '[PIPELINE…]',
    takes: ['pipeline'],
    minOperands: 0,
    maxOperands: Infinity,
    about: `Reads the pipelines (default: all in pipelines/) with all their stages, and reports all mistakes
at once. Runs nothing. Exit code 2: a pipeline is wrong. With --format github, GitHub Actions
marks the lines in a pull request.`,
    options: [
      ...overrides,
      {
        name: 'format',
        value: 'FORMAT',
        takes: ['text', 'json', 'github'],
        help: 'text (default), json or github',
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
