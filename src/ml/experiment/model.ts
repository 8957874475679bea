// A model on disk: a Hugging Face folder. Its config.json also has what our models need beyond the
// encoder's shape, so that no other file is needed.
import type { TaskName } from '../tasks/task.ts';
import type { EncoderConfig } from '../encoder/config.ts';
import type { Pooling } from '../encoder/forward.ts';
import { headName } from '../encoder/layout.ts';
import type { Head } from '../encoder/layout.ts';
import type { Weights } from '../encoder/weights.ts';
import { dtypeOf } from '../hf/config.ts';
import type { Dtype } from '../hf/config.ts';
import { readHfFolder, writeHfFolder } from '../hf/folder.ts';
import type { LabelScale } from './settings.ts';

export interface Model {
  readonly config: EncoderConfig;
  /** Encoder, heads and discriminator. */
  readonly weights: Weights;
  /** The tasks that have a head. */
  readonly heads: readonly TaskName[];
  /** The tasks that the discriminator distinguishes, in the order of its outputs; [] without one. */
  readonly discriminator: readonly TaskName[];
  readonly pooling: Pooling;
  readonly dropout: number;
  /** Of the weights on disk: 16 bits halve a folder's size, and round the weights for the next stage. */
  readonly dtype: Dtype;
  /** Factors by which the heads' answers differ from labels. */
  readonly labelScale: LabelScale;
}

/** The field of config.json for our own settings, which transformers ignores. */
const FIELD = 'fastmtl';

/** @param tokenizer a folder whose tokenizer files are copied */
export function writeModel(folder: string, model: Model, tokenizer: string): void {
  const { config, weights, heads, discriminator, pooling, dropout, dtype, labelScale } = model;
  const extra = { [FIELD]: { heads, discriminator, pooling, label_scale: labelScale } };
  writeHfFolder(folder, { config, dropout, dtype, weights, extra, tokenizer });
}

/** @throws naming the folder when it is not a model that a stage wrote, or is damaged */
export function readModel(folder: string): Model {
  const { config, fields, encoder, heads: tensors } = readHfFolder(folder);
  const own = fields[FIELD] as
    | {
        readonly heads: readonly string[];
        readonly discriminator: readonly string[];
        readonly pooling: Pooling;
        readonly label_scale: LabelScale;
      }
    | undefined;
  if (own === undefined) {
    throw new Error(`${folder}: config.json has no '${FIELD}': not a model that was trained here`);
  }
  return {
    config,
    weights: new Map([...encoder, ...tensors]),
    heads: own.heads,
    discriminator: own.discriminator,
    pooling: own.pooling,
    dropout: fields['hidden_dropout_prob'] as number,
    dtype: dtypeOf(fields),
    labelScale: own.label_scale,
  };
}

/** The shape of each head, as its weights have it. */
export function headShapes({ heads, weights }: Model): readonly Head[] {
  return heads.map((task) => {
    const classes = weights.get(`${headName(task)}.weight`)?.shape[0];
    if (classes === undefined) throw new Error(`the model has no weights for the head of ${task}`);
    return { task, classes };
  });
}

/** The model with the head of one task only, for fine-tuning. */
export function withHeadOf(model: Model, task: TaskName): Model {
  if (!model.heads.includes(task)) {
    throw new Error(`the model has no head for ${task}, only for ${model.heads.join(', ')}`);
  }
  const kept = [...model.weights].filter(
    ([name]) => name.startsWith('bert.') || name.startsWith(`${headName(task)}.`),
  );
  return { ...model, weights: new Map(kept), heads: [task], discriminator: [] };
}
