// Draws a map of the pooled features by t-SNE, in which neighbours stay neighbours.
import { writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { readOrigin } from '../src/ml/figure/origin.ts';
import { renderPng } from '../src/ml/figure/png.ts';
import { renderSvg } from '../src/ml/figure/render.ts';
import { scatterSpec } from '../src/ml/figure/scatter-spec.ts';
import { readAbout } from '../src/ml/tasks/task-file.ts';
import { trainingSeed } from '../src/ml/train/seeds.ts';
import { pointsCsv, readFeatures } from '../src/ml/tsne/features.ts';
import { tsneOptions } from '../src/ml/tsne/options.ts';
import { tsne, unitSquare } from '../src/ml/tsne/tsne.ts';

const stage = openStage();
const { points, rows } = readFeatures(stage.input('features'));
const seed = trainingSeed('tsne_seed', stage.param('tsne_seed'), stage.number('seed'));
const options = tsneOptions(stage.object('tsne'));
const REPORT_EVERY = 50;
const places = unitSquare(
  tsne(points, seed, options, (iteration, divergence) => {
    if (iteration % REPORT_EVERY > 0) return;
    stage.progress(iteration, options.iterations, 'iterations');
    stage.metric('divergence', divergence(), iteration);
  }),
);
stage.progress(options.iterations, options.iterations, 'iterations');
writeFileSync(stage.output('points'), pointsCsv(rows, places));

const of = rows.map(({ task }) => task);
const held = new Set(rows.flatMap(({ task, split }) => (split === 'dev' ? [task] : [])));
const abouts = stage.collected('about').map(({ path }) => readAbout(path));
const disc = stage.string('disc').toUpperCase();
const svg = await renderSvg(
  scatterSpec({
    title: `What the task discriminator sees (${disc})`,
    origin: readOrigin(stage, abouts),
    tasks: [...new Set(of)],
    held,
    of,
    places,
  }),
);
writeFileSync(stage.output('plot'), svg);
writeFileSync(stage.output('png'), renderPng(svg));
