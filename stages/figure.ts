// Draws the dev score against the number of auxiliary rows, and writes the numbers of the picture.
import { readFileSync, writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { readOrigin } from '../src/ml/figure/origin.ts';
import { renderPng } from '../src/ml/figure/png.ts';
import { renderSvg } from '../src/ml/figure/render.ts';
import { gatherRuns } from '../src/ml/figure/runs.ts';
import type { Metrics } from '../src/ml/figure/runs.ts';
import { scoreSpec } from '../src/ml/figure/score-spec.ts';
import { summarise } from '../src/ml/figure/summary.ts';
import { readAbout } from '../src/ml/tasks/task-file.ts';
import { dataCsv, statisticsJson } from '../src/ml/figure/tables.ts';

const stage = openStage();
const metrics = (input: string) =>
  stage.hasInput(input)
    ? stage.collected(input).map(({ axes, path }) => ({
        axes,
        value: JSON.parse(readFileSync(path, 'utf8')) as Metrics,
      }))
    : [];

const baselines = metrics('baselines');
const runs = gatherRuns(stage.string('primary'), {
  scores: metrics('scores'),
  use: metrics('use_data'),
  baselines: {
    st: baselines.filter(({ axes }) => axes['baseline'] === 'st'),
    mt: baselines.filter(({ axes }) => axes['baseline'] === 'mt'),
  },
});
const summary = summarise(runs);
const abouts = stage.collected('about').map(({ path }) => readAbout(path));
const origin = readOrigin(stage, abouts);
const spec = scoreSpec(runs, summary, origin);
const svg = await renderSvg(spec);
writeFileSync(stage.output('plot'), svg);
writeFileSync(stage.output('png'), renderPng(svg));
writeFileSync(stage.output('spec'), `${JSON.stringify(spec, null, 2)}\n`);
writeFileSync(stage.output('data'), dataCsv(runs));
writeFileSync(stage.output('statistics'), statisticsJson(summary, origin));
