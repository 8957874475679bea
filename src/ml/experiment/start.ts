// The start of a training: a new encoder or a given pre-trained one, always with new heads.
import type { TaskName } from '../tasks/task.ts';
import type { EncoderConfig } from '../encoder/config.ts';
import { initialWeights } from '../encoder/init.ts';
import type { InitialSettings } from '../encoder/init.ts';
import type { Head } from '../encoder/layout.ts';
import { loadEncoder, poolingNote } from './encoder.ts';
import type { Model } from './model.ts';
import type { Report } from './report.ts';
import type { LabelScale, ModelSettings } from './settings.ts';
import type { OpenTask } from './task-rows.ts';

export interface Start {
  readonly model: ModelSettings;
  /** A Hugging Face folder, whose shape replaces that of `model`; absent: new weights. */
  readonly encoder?: string;
  /** The rows that the model will read. */
  readonly rows: readonly OpenTask[];
  /** The tasks that get a head. */
  readonly heads: readonly TaskName[];
  /** The tasks that the discriminator distinguishes; [] without one. */
  readonly discriminator: readonly TaskName[];
  readonly labelScale: LabelScale;
  readonly seed: number;
}

/**
 * The weights that the seed gives. They depend only on a tensor's name and shape, so that models with
 * other heads start with the same encoder.
 *
 * @throws when the rows do not fit the encoder
 */
export function startModel(start: Start, report: Pick<Report, 'note'>): Model {
  const { model, rows, heads, discriminator, labelScale, seed } = start;
  const parts = { heads: headsOf(heads, rows), discriminator: discriminator.length };
  const { config, weights } =
    start.encoder === undefined
      ? newEncoder(model, rows, parts, seed)
      : givenEncoder(start.encoder, model, parts, seed, report);
  checkFit(config, rows);
  return {
    config,
    weights,
    heads,
    discriminator,
    pooling: model.pooling,
    dropout: model.dropout,
    dtype: model.dtype,
    labelScale,
  };
}

function headsOf(names: readonly TaskName[], rows: readonly OpenTask[]): readonly Head[] {
  return names.map((name) => {
    const found = rows.find(({ task }) => task === name);
    if (found === undefined) throw new Error(`there are no rows of ${name}, which gets a head`);
    return { task: name, classes: found.meta.classes };
  });
}

/** @throws naming the task whose rows the encoder cannot read */
export function checkFit(
  config: EncoderConfig,
  rows: readonly Pick<OpenTask, 'task' | 'meta'>[],
): void {
  for (const { task: name, meta } of rows) {
    if (meta.vocab_size > config.vocabSize) {
      throw new Error(`the rows of ${name} have ${meta.vocab_size} token ids, the encoder ${config.vocabSize}`); // prettier-ignore
    }
    for (const [split, { longest }] of Object.entries(meta.splits)) {
      if (longest > config.positions) {
        throw new Error(`a ${split} row of ${name} has ${longest} tokens, the encoder ${config.positions} positions: lower max_length, or raise model.positions of a new encoder`); // prettier-ignore
      }
    }
  }
}

type Parts = Pick<InitialSettings, 'heads' | 'discriminator'>;
type Encoder = Pick<Model, 'config' | 'weights'>;

/** BERT's range. A small model does not learn with it in its matrices, which therefore have `init`. */
const EMBEDDING_RANGE = 0.02;

function newEncoder(
  model: ModelSettings,
  rows: readonly OpenTask[],
  parts: Parts,
  seed: number,
): Encoder {
  const config: EncoderConfig = {
    family: 'bert',
    vocabSize: Math.max(...rows.map(({ meta }) => meta.vocab_size)),
    hiddenSize: model.hidden,
    layers: model.layers,
    heads: model.heads,
    ffnSize: model.ffn,
    positions: model.positions,
    segments: 2,
    padding: 0,
    layerNormEps: 1e-12,
    initializerRange: EMBEDDING_RANGE,
  };
  return { config, weights: initialWeights(config, { ...parts, matrixRange: model.init }, seed) };
}

function givenEncoder(
  folder: string,
  { pooling }: ModelSettings,
  parts: Parts,
  seed: number,
  report: Pick<Report, 'note'>,
): Encoder {
  const { config, weights, hasPooler } = loadEncoder(folder, parts, seed);
  if (!hasPooler && pooling === 'cls') {
    report.note('the encoder has no pooler: a new one from the seed');
  }
  const trained = poolingNote(folder, pooling);
  if (trained !== undefined) report.note(trained);
  return { config, weights };
}
