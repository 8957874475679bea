// Checks the params of the learning stages: a misspelt `epoch` must not train with a default.
import type { TaskName } from '../tasks/task.ts';
import { DTYPES } from '../hf/config.ts';
import type { Dtype } from '../hf/config.ts';
import type { Pooling } from '../encoder/forward.ts';
import type { Discriminator } from '../train/learner.ts';
import { SCHEDULES } from '../train/schedule.ts';
import type { Schedule } from '../train/schedule.ts';

const DTYPE_NAMES = Object.keys(DTYPES) as Dtype[];

type Fields = Readonly<Record<string, unknown>>;

/** `td`, `to`, `ft`, `st`, `mt`: how a model is trained. */
export interface PhaseSettings {
  readonly epochs: number;
  readonly lr: number;
  /** Rows of a batch. */
  readonly batch: number;
  /** Fraction of all steps in which the learning rate rises. */
  readonly warmup: number;
  /** Batches among which rows are sorted by length; 0: none. */
  readonly bucket: number;
  /** Parts in which a batch is computed, to save memory. */
  readonly accumulate: number;
  /** How the learning rate falls after the warm-up. */
  readonly schedule: Schedule;
  readonly optimiser: PhaseOptimiser;
}

/** AdamW's settings that a phase can change. */
export interface PhaseOptimiser {
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Largest norm of all gradients together; Infinity: no clipping. */
  readonly clip: number;
}

/** `model`: the shape of a new encoder, and the settings of every model. */
export interface ModelSettings {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly ffn: number;
  readonly positions: number;
  /** Standard deviation of new matrices. */
  readonly init: number;
  readonly dropout: number;
  readonly pooling: Pooling;
  /** Of the weights that are written. */
  readonly dtype: Dtype;
}

export type LabelScale = Readonly<Partial<Record<TaskName, number>>>;

/**
 * @param name of the param, for messages
 * @param fields `rows` is the split's and passed over here
 * @param lr the param `lr`, which replaces the learning rates of all phases; null: it does not
 * @throws naming param, field and what it must be
 */
export function phaseSettings(name: string, fields: Fields, lr: unknown = null): PhaseSettings {
  const read = reader(name, fields, ['rows', 'epochs', 'lr', 'batch', 'warmup', 'bucket', 'accumulate', 'weight_decay', 'betas', 'clip', 'schedule']); // prettier-ignore
  const own = (field: string): boolean => fields[field] !== undefined;
  const betas = (fields['betas'] ?? [0.9, 0.999]) as readonly unknown[];
  const [beta1, beta2] = Array.isArray(betas) ? betas : [];
  const pair = reader(`${name}.betas`, { first: beta1, second: beta2 }, ['first', 'second']);
  return {
    epochs: read.integer('epochs', 1),
    lr:
      lr === null
        ? read.number('lr', 0, Infinity)
        : reader('', { lr }, ['lr']).number('lr', 0, Infinity),
    batch: read.integer('batch', 1),
    warmup: read.number('warmup', 0, 1),
    bucket: read.integer('bucket', 0),
    accumulate: own('accumulate') ? read.integer('accumulate', 1) : 1,
    schedule: own('schedule') ? read.word('schedule', SCHEDULES) : 'linear',
    optimiser: {
      weightDecay: own('weight_decay') ? read.number('weight_decay', 0, Infinity) : 0,
      beta1: pair.number('first', 0, 1),
      beta2: pair.number('second', 0, 1),
      clip: fields['clip'] === null ? Infinity : own('clip') ? read.positive('clip') : 1,
    },
  };
}

/** @throws naming param, field and what it must be */
export function modelSettings(name: string, fields: Fields): ModelSettings {
  const read = reader(name, fields, [
    'layers',
    'hidden',
    'heads',
    'ffn',
    'positions',
    'init',
    'dropout',
    'pooling',
    'dtype',
  ]);
  const settings: ModelSettings = {
    layers: read.integer('layers', 1),
    hidden: read.integer('hidden', 1),
    heads: read.integer('heads', 1),
    ffn: read.integer('ffn', 1),
    positions: read.integer('positions', 3),
    init: read.number('init', 0, Infinity),
    dropout: read.number('dropout', 0, 1),
    pooling: read.word('pooling', ['cls', 'mean'] as const),
    dtype: fields['dtype'] === undefined ? 'float32' : read.word('dtype', DTYPE_NAMES),
  };
  if (settings.dropout === 1) {
    throw new Error(`param '${name}.dropout' is 1, which drops everything: take a number below 1`);
  }
  if (settings.hidden % settings.heads !== 0) {
    throw new Error(`param '${name}': hidden ${settings.hidden} is not a multiple of heads ${settings.heads}`); // prettier-ignore
  }
  return settings;
}

/**
 * @param tasks of the training, with the outputs of their heads; names of other tasks have no effect
 * @throws naming the field, if it is no regression
 */
export function labelScales(
  name: string,
  fields: Fields,
  tasks: readonly { readonly task: TaskName; readonly meta: { readonly classes: number } }[],
): LabelScale {
  const classes = tasks.find(({ task, meta }) => Object.hasOwn(fields, task) && meta.classes > 1);
  if (classes !== undefined) {
    throw new Error(
      `param '${name}' has a factor for the labels of ${classes.task}, which has classes; only a regression has a scale`,
    );
  }
  const read = reader(name, fields, Object.keys(fields));
  return Object.fromEntries(Object.keys(fields).map((field) => [field, read.positive(field)]));
}

/** The axis `disc`. */
export function discriminatorMode(value: string): Discriminator['kind'] {
  if (value === 'bce' || value === 'ce') return value;
  throw new Error(`axis 'disc' is '${value}', not bce or ce`);
}

/** @throws naming param and value */
export function taskNames(name: string, value: unknown): readonly TaskName[] {
  if (!Array.isArray(value)) throw new Error(`param '${name}' is not a list of tasks`);
  return value.map(String);
}

export function count(name: string, value: unknown, least: number): number {
  return reader('', { [name]: value }, [name]).integer(name, least);
}

export function flag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`param '${name}' is ${JSON.stringify(value)}, not true or false`);
}

function reader(param: string, fields: Fields, known: readonly string[]) {
  for (const field of Object.keys(fields)) {
    if (!known.includes(field)) {
      throw new Error(`param '${param}' has no field '${field}': there are ${known.join(', ')}`);
    }
  }
  const wrong = (field: string, wanted: string): Error =>
    new Error(`param '${[...(param === '' ? [] : [param]), field].join('.')}' is ${JSON.stringify(fields[field]) ?? 'absent'}, not ${wanted}`); // prettier-ignore
  return {
    integer(field: string, least: number): number {
      const value = fields[field];
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
        throw wrong(field, `an integer from ${least}`);
      }
      return value;
    },
    number(field: string, least: number, most: number): number {
      const value = fields[field];
      if (typeof value !== 'number' || !(value >= least && value <= most)) {
        throw wrong(field, most === Infinity ? `a number from ${least}` : `a number from ${least} to ${most}`); // prettier-ignore
      }
      return value;
    },
    positive(field: string): number {
      const value = fields[field];
      if (typeof value !== 'number' || !(value > 0 && value < Infinity)) {
        throw wrong(field, 'a number above 0');
      }
      return value;
    },
    word<Word extends string>(field: string, words: readonly Word[]): Word {
      const value = fields[field];
      const word = words.find((known) => known === value);
      if (word === undefined) throw wrong(field, words.join(' or '));
      return word;
    },
  };
}
