// The operations as functions of tensors, in TensorFlow.js's own operations, which have gradients.
import type { Tensor2D, Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { attentionElement, dropoutThreshold, hash } from '../dropout.ts';
import type { Dropout, TokenBatch, Tokens } from '../backend.ts';
import { layOut, meanShares, numberDistinct, padRows } from '../ragged.ts';
import type { Tf } from './load.ts';

/** A batch's index tensors, made once per run. */
export interface TfjsTokens extends Tokens {
  readonly longest: number;
  /** Without [PAD]'s row, which gets no gradient. */
  readonly words: Places;
  readonly places: Places;
  readonly segments: Places;
  /** [rows, tokens]: 1 where the token is the row's first. */
  readonly firsts: Tensor2D;
  // The next are `Padding` and `meanShares` of ragged.ts.
  /** i32 [rows * longest] */
  readonly padded: TfTensor;
  /** i32 [tokens] */
  readonly unpadded: TfTensor;
  /** [rows * longest, 1] */
  readonly real: TfTensor;
  /** [rows, 1, 1, longest] */
  readonly bias: TfTensor;
  /** [rows, tokens] */
  readonly means: Tensor2D;
  readonly offsets: Uint32Array;
}

/** The row of a table for each token. */
export interface Places {
  /** i32 [tokens] */
  readonly rows: TfTensor;
  /** i32 [tokens]: the row's number among those that occur, or -1. */
  readonly numbers: TfTensor;
  /** i32 [rows that occur, 1] */
  readonly distinct: TfTensor;
}

export function holdTokens(tf: Tf, batch: TokenBatch, padding: number): TfjsTokens {
  const layout = layOut(batch);
  const { rows, tokens, longest, places, segments } = layout;
  const { padded, unpadded, real, bias } = padRows(layout);
  const firsts = new Float32Array(rows * tokens);
  for (let r = 0; r < rows; r++) firsts[r * tokens + (batch.offsets[r] as number)] = 1;
  return {
    rows,
    tokens,
    longest,
    words: placesOf(tf, batch.ids, padding),
    places: placesOf(tf, places),
    segments: placesOf(tf, segments),
    firsts: tf.tensor2d(firsts, [rows, tokens]),
    padded: tf.tensor1d(padded, 'int32'),
    unpadded: tf.tensor1d(unpadded, 'int32'),
    real: tf.tensor2d(real, [rows * longest, 1]),
    bias: tf.tensor4d(bias, [rows, 1, 1, longest]),
    means: tf.tensor2d(meanShares(layout), [rows, tokens]),
    offsets: batch.offsets,
  };
}

/** @param skip a row that is left out */
function placesOf(tf: Tf, rows: Int32Array, skip?: number): Places {
  const { distinct, numbers } = numberDistinct(rows, skip);
  return {
    rows: tf.tensor1d(rows.slice(), 'int32'),
    numbers: tf.tensor1d(numbers, 'int32'),
    distinct: tf.tensor2d(distinct, [distinct.length, 1], 'int32'),
  };
}

/**
 * A table's gradient: each row is the sum of its tokens' gradients. A product always sums in the same
 * order; a scatter on a GPU does not.
 */
export function scatter(
  tf: Tf,
  gradient: TfTensor,
  { numbers, distinct }: Places,
  { rows, cols }: { readonly rows: number; readonly cols: number },
): TfTensor {
  const [count = 0] = distinct.shape;
  if (count === 0) return tf.zeros([rows, cols]);
  return tf.tidy(() => {
    // Not oneHot, which refuses a single row.
    const own = tf.equal(tf.reshape(numbers, [-1, 1]), tf.range(0, count, 1, 'int32'));
    const members = tf.cast(own, 'float32') as Tensor2D;
    const sums = tf.matMul(members, gradient as Tensor2D, true, false);
    return tf.scatterND(distinct, sums, [rows, cols]);
  });
}

export function oneHot(tf: Tf, classes: Int32Array, count: number): TfTensor {
  const values = new Float32Array(classes.length * count);
  for (const [row, own] of classes.entries()) values[row * count + own] = 1;
  return tf.tensor2d(values, [classes.length, count]);
}

/** Softmax cross-entropy, mean over rows. */
export function crossEntropy(tf: Tf, logits: TfTensor, targets: TfTensor): TfTensor {
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), targets), 1)));
}

/** Sigmoid cross-entropy, mean over all; log(1 + e^x) = max(x, 0) + log1p(e^-|x|). */
export function binaryCrossEntropy(
  tf: Tf,
  logits: TfTensor,
  targets: TfTensor,
  positive: TfTensor,
): TfTensor {
  const ofOwn = tf.mul(tf.mul(targets, positive), tf.softplus(tf.neg(logits)));
  const ofOthers = tf.mul(tf.sub(1, targets), tf.softplus(logits));
  return tf.mean(tf.add(ofOwn, ofOthers));
}

export function layerNorm(tf: Tf, x: TfTensor, weight: TfTensor, bias: TfTensor, eps: number) {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const variance = tf.mean(tf.square(centred), 1, true);
  return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, eps))), weight), bias);
}

export function dense(tf: Tf, x: TfTensor, weight: TfTensor, bias: TfTensor): TfTensor {
  return tf.add(tf.matMul(x as Tensor2D, weight as Tensor2D, false, true), bias);
}

export function gelu(tf: Tf, x: TfTensor): TfTensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** Pads, multiplies all rows and heads at once, and takes the padding away. */
export function attention(
  tf: Tf,
  qkv: TfTensor,
  batch: TfjsTokens,
  heads: number,
  mask: TfTensor | undefined,
): TfTensor {
  const { rows, longest } = batch;
  const hidden = (qkv.shape[1] as number) / 3;
  const size = hidden / heads;
  const all = pad(tf, qkv, batch);
  const part = (i: number) => {
    const columns = tf.slice(all, [0, i * hidden], [rows * longest, hidden]);
    return tf.transpose(tf.reshape(columns, [rows, longest, heads, size]), [0, 2, 1, 3]);
  };
  const scores = tf.mul(tf.matMul(part(0), part(1), false, true), 1 / Math.sqrt(size));
  const probabilities = tf.softmax(tf.add(scores, batch.bias));
  const used = mask === undefined ? probabilities : tf.mul(probabilities, mask);
  const context = tf.transpose(tf.matMul(used, part(2)), [0, 2, 1, 3]);
  return unpad(tf, tf.reshape(context, [rows * longest, hidden]), batch);
}

// The gradient of a gather is a sum over segments, which the cpu backend computes segment by segment.
// Between tokens and padded places the backward pass can be a gather too, which is faster.

/** [tokens, n] -> [rows * longest, n], zeros in padding. */
function pad(tf: Tf, x: TfTensor, { padded, unpadded, real }: TfjsTokens): TfTensor {
  return tf.customGrad((x) => ({
    value: tf.mul(tf.gather(x as TfTensor, padded), real),
    gradFunc: (gradient: TfTensor) => tf.gather(gradient, unpadded),
  }))(x);
}

/** The reverse of `pad`. */
function unpad(tf: Tf, x: TfTensor, { padded, unpadded, real }: TfjsTokens): TfTensor {
  return tf.customGrad((x) => ({
    value: tf.gather(x as TfTensor, unpadded),
    gradFunc: (gradient: TfTensor) => tf.mul(tf.gather(gradient, padded), real),
  }))(x);
}

/** 0 where dropped, 1 / (1 - rate) elsewhere. */
export function dropoutMask(tf: Tf, shape: [number, number], { rate, key }: Dropout): TfTensor {
  const threshold = dropoutThreshold(rate);
  const values = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) =>
    hash(key, i) < threshold ? 0 : 1 / (1 - rate),
  );
  return tf.tensor2d(values, shape);
}

/** The same for attention's probabilities [rows, heads, longest, longest]. */
export function attentionMask(
  tf: Tf,
  { rows, longest, offsets }: TfjsTokens,
  heads: number,
  { rate, key }: Dropout,
): TfTensor {
  const threshold = dropoutThreshold(rate);
  const values = new Float32Array(rows * heads * longest * longest);
  let at = 0;
  for (let r = 0; r < rows; r++) {
    for (let h = 0; h < heads; h++) {
      for (let query = 0; query < longest; query++) {
        for (let place = 0; place < longest; place++) {
          const token = (offsets[r] as number) + query;
          const element = attentionElement(token, h, place, heads, longest);
          values[at++] = hash(key, element) < threshold ? 0 : 1 / (1 - rate);
        }
      }
    }
  }
  return tf.tensor4d(values, [rows, heads, longest, longest]);
}
