// GLUE's metrics as scikit-learn and scipy compute them, in double precision. Predictions come first;
// both sides have one value per row. NaN means not defined; it is never replaced by a number.
import { averageRanks } from './ranks.ts';

type Values = ArrayLike<number>;

/** Share of equal values; NaN without rows. */
export function accuracy(predictions: Values, labels: Values): number {
  let right = 0;
  for (let i = 0; i < rows(predictions, labels); i++) {
    if (predictions[i] === labels[i]) right += 1;
  }
  return right / labels.length;
}

/** F1 of class 1: 0 without a true positive, so also where nothing is positive on either side. */
export function f1(predictions: Values, labels: Values): number {
  return f1Of(1, predictions, labels);
}

/** The mean of F1 over the classes that occur on either side; NaN without rows. */
export function macroF1(predictions: Values, labels: Values): number {
  rows(predictions, labels);
  const classes = new Set([...counts(predictions).keys(), ...counts(labels).keys()]);
  let sum = 0;
  for (const one of classes) sum += f1Of(one, predictions, labels);
  return sum / classes.size;
}

function f1Of(positive: number, predictions: Values, labels: Values): number {
  let hits = 0;
  let positives = 0;
  for (let i = 0; i < rows(predictions, labels); i++) {
    if (predictions[i] === positive) positives += 1;
    if (labels[i] === positive) positives += 1;
    if (predictions[i] === positive && labels[i] === positive) hits += 1;
  }
  return hits === 0 ? 0 : (2 * hits) / positives;
}

/**
 * Matthews correlation over any number of classes; 0 where one side is constant.
 * Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient (2004).
 */
export function matthews(predictions: Values, labels: Values): number {
  const n = rows(predictions, labels);
  const predicted = counts(predictions);
  const labelled = counts(labels);
  let right = 0;
  for (let i = 0; i < n; i++) if (predictions[i] === labels[i]) right += 1;
  let products = 0;
  for (const [value, count] of predicted) products += count * (labelled.get(value) ?? 0);
  const spread = (of: ReadonlyMap<number, number>): number => {
    let squares = 0;
    for (const count of of.values()) squares += count * count;
    return n * n - squares;
  };
  const scale = Math.sqrt(spread(predicted)) * Math.sqrt(spread(labelled));
  return scale === 0 ? 0 : (right * n - products) / scale;
}

/** NaN where a side is constant, has fewer than two rows, or holds a value that is not finite. */
export function pearson(predictions: Values, labels: Values): number {
  if (rows(predictions, labels) < 2) return Number.NaN;
  const x = unit(predictions);
  const y = unit(labels);
  let product = 0;
  for (const [i, value] of x.entries()) product += value * (y[i] as number);
  return Math.max(-1, Math.min(1, product)); // of NaN: NaN
}

/** {@link pearson} of average ranks; NaN where a value is NaN. */
export function spearman(predictions: Values, labels: Values): number {
  return pearson(averageRanks(predictions), averageRanks(labels));
}

function rows(predictions: Values, labels: Values): number {
  if (predictions.length !== labels.length) {
    throw new Error(`${predictions.length} predictions for ${labels.length} labels`);
  }
  return labels.length;
}

function counts(values: Values): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    found.set(value, (found.get(value) ?? 0) + 1);
  }
  return found;
}

/** Centred and of length 1. In two passes, so that a large common offset costs no digits. */
function unit(values: Values): Float64Array {
  const centred = Float64Array.from(values);
  if (centred.every((value) => value === centred[0])) return centred.fill(Number.NaN);
  const mean = centred.reduce((sum, value) => sum + value, 0) / centred.length;
  for (let i = 0; i < centred.length; i++) centred[i] = (centred[i] as number) - mean;
  const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
  return centred.map((value) => value / length);
}
