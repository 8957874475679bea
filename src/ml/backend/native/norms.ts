// The operations that end in a LayerNorm.
import type { EmbeddingTables, Norm } from '../backend.ts';
import type { Handle } from './handle.ts';
import type { Calls } from './calls.ts';
import type { NativeParameter } from './parameter.ts';
import { tensor } from './tensors.ts';
import type { NativeOperation, NativeTensor, NativeTokens } from './tensors.ts';

export function addNormOperation(
  calls: Calls,
  x: NativeTensor,
  residual: NativeTensor,
  norm: Norm<NativeParameter>,
  eps: number,
): NativeOperation {
  const { rows, cols } = x;
  const { value, backward } = normalise(calls, calls.add(x.handle, residual.handle), norm, eps);
  return {
    value: tensor(value, rows, cols),
    backward: (gradient) => {
      const by = tensor(backward(gradient.handle), rows, cols);
      return [by, by];
    },
  };
}

export function embedOperation(
  calls: Calls,
  tokens: NativeTokens,
  { word, position, segment, norm }: EmbeddingTables<NativeParameter>,
  eps: number,
): NativeOperation {
  const ofWords = calls.gather(word.read(), tokens.ids);
  const ofPlaces = calls.gather(position.read(), tokens.places);
  const ofSegments = calls.gather(segment.read(), tokens.segments);
  const sum = calls.add(ofWords, ofSegments);
  const all = calls.add(sum, ofPlaces);
  calls.free(ofWords, ofPlaces, ofSegments, sum);
  const { value, backward } = normalise(calls, all, norm, eps);
  return {
    value: tensor(value, tokens.tokens, word.cols),
    backward: (gradient) => {
      const by = backward(gradient.handle);
      const { ids, numbers } = tokens.words();
      word.addGradientRows(ids, calls.segmentSums(by, numbers, ids.length));
      position.addGradient(calls.segmentSums(by, tokens.places, position.rows));
      segment.addGradient(calls.segmentSums(by, tokens.segments, segment.rows));
      calls.free(by);
      return [];
    },
  };
}

/**
 * y = g h + b with h = (x - mean) s, s = 1 / sqrt(variance + eps); frees `x`. Backward, with d = g y':
 * x' = s (d - mean(d) - h mean(d h)).
 */
function normalise(calls: Calls, x: Handle, { weight, bias }: Norm<NativeParameter>, eps: number) {
  const mean = calls.mean(x);
  const centred = calls.subtract(x, mean);
  const squares = calls.unary('Square', centred);
  const variance = calls.mean(squares);
  const shifted = calls.add(variance, calls.number(eps));
  const scale = calls.unary('Rsqrt', shifted);
  const h = calls.multiply(centred, scale);
  const weighted = calls.multiply(h, weight.read());
  const value = calls.add(weighted, bias.read());
  calls.free(x, mean, centred, squares, variance, shifted, weighted);
  if (!calls.gradients) calls.free(scale, h);
  const backward = (gradient: Handle): Handle => {
    const toWeight = calls.multiply(gradient, h);
    weight.addGradient(calls.columnSums(toWeight));
    bias.addGradient(calls.columnSums(gradient));
    const d = calls.multiply(gradient, weight.read());
    const product = calls.multiply(d, h);
    const [meanD, meanProduct] = [calls.mean(d), calls.mean(product)];
    const level = calls.subtract(d, meanD);
    const tilt = calls.multiply(h, meanProduct);
    const rest = calls.subtract(level, tilt);
    const by = calls.multiply(rest, scale);
    calls.free(toWeight, d, product, meanD, meanProduct, level, tilt, rest, h, scale);
    return by;
  };
  return { value, backward };
}
