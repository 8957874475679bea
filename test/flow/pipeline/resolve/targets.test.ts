import { expect, test } from 'vitest';
import { idsOf, told } from '../project.ts';

const pipeline = (targets: string): string => `version: 1
probes:
  machine: { sh: "uname" }
stages:
  rows: { sh: "echo > \${outputs.o}", outputs: { o: o } }
  train-a:
    matrix: { seed: [0, 1] }
    sh: "echo \${seed} > \${outputs.o}"
    outputs: { o: o }
  train-b: { sh: "echo > \${outputs.o}", inputs: { m: probe.machine }, outputs: { o: o } }
targets: ${targets}
`;

test('a pattern takes the stages whose names it matches, and no probe', async () => {
  expect(await idsOf(pipeline("['train-*']"))).toEqual([
    'probe.machine',
    'train-a@seed=0',
    'train-a@seed=1',
    'train-b',
  ]);
  expect(await idsOf(pipeline("['*s']"))).toEqual(['rows']);
  expect(await idsOf(pipeline("['probe.*']"))).toEqual(['probe.machine']);
  expect(await idsOf(pipeline('[rows]'), { targets: ['train-?'] })).toHaveLength(4);
});

test('a pattern with axes takes the instances of the stages that have them', async () => {
  expect(await idsOf(pipeline("['train-*@seed=1']"))).toEqual(['train-a@seed=1']);
});

test('a pattern without a match is a mistake, with its place', async () => {
  expect(await told(pipeline("['trian-*', 'train-*@seed=2', 'train-*@side=1']"))).toEqual([
    "unknown-stage 11:11 no stage matches 'trian-*' | did you mean 'train-a'?",
    "no-instance 11:22 'train-*@seed=2': no stage that 'train-*' matches has such an instance | leave out the axes to take all instances: 'train-*'",
    "no-instance 11:40 'train-*@side=1': no stage that 'train-*' matches has such an instance | leave out the axes to take all instances: 'train-*'",
  ]);
});
