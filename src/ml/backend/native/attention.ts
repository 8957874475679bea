// softmax(Q K^T / sqrt(size)) V for all rows and heads together. Rows are padded to the longest, and the
// padding is removed afterwards.
import type { Dropout } from '../backend.ts';
import type { Handle } from './handle.ts';
import type { Calls } from './calls.ts';
import { tensor } from './tensors.ts';
import type { NativeOperation, NativeTensor, NativeTokens } from './tensors.ts';

export function attentionOperation(
  calls: Calls,
  qkv: NativeTensor,
  tokens: NativeTokens,
  heads: number,
  dropout: Dropout | undefined,
): NativeOperation {
  const { rows, longest, padding } = tokens;
  const hidden = qkv.cols / 3;
  const size = hidden / heads;
  const root = calls.number(1 / Math.sqrt(size));

  // [tokens, 3 hidden] -> Q, K, V, each [rows, heads, longest, size]
  const padded = padding === undefined ? qkv.handle : calls.gather(qkv.handle, padding.padded);
  const parted = calls.reshape(padded, rows, longest, 3, heads, size);
  const moved = calls.transpose(parted, 2, 0, 3, 1, 4);
  const [unscaled, k, v] = calls.unstack(moved, 3) as [Handle, Handle, Handle];
  const q = calls.multiply(unscaled, root);
  calls.free(parted, moved, unscaled, ...(padding === undefined ? [] : [padded]));

  const scores = calls.batchMatMul(q, k, false, true);
  const masked = padding === undefined ? scores : calls.add(scores, padding.bias);
  const probabilities = calls.unary('Softmax', masked);
  const mask = dropout === undefined ? undefined : heldMask(calls, tokens, heads, dropout);
  const used = mask === undefined ? probabilities : calls.multiply(probabilities, mask);
  const context = calls.batchMatMul(used, v);
  const value = tensor(join(calls, context, tokens, heads, size), qkv.rows, hidden);
  calls.free(scores, masked, context);
  if (!calls.gradients) calls.free(q, k, v, probabilities, used);

  return {
    value,
    backward: (gradient) => {
      const outer = part(calls, gradient.handle, tokens, heads, size);
      const dV = calls.batchMatMul(used, outer, true, false);
      const dUsed = calls.batchMatMul(outer, v, false, true);
      const dP = mask === undefined ? dUsed : calls.multiply(dUsed, mask);
      const product = calls.multiply(dP, probabilities);
      const sums = calls.sum(product);
      const shares = calls.multiply(sums, probabilities);
      const dScores = calls.subtract(product, shares);
      calls.free(outer, dUsed, dP, product, sums, shares);
      const unscaledQ = calls.batchMatMul(dScores, k);
      const dQ = calls.multiply(unscaledQ, root);
      const dK = calls.batchMatMul(dScores, q, true, false);
      calls.free(dScores, unscaledQ, q, k, v, probabilities, used);
      const stacked = calls.stack([dQ, dK, dV]);
      const moved = calls.transpose(stacked, 1, 3, 0, 2, 4);
      const flat = calls.reshape(moved, rows * longest, 3 * hidden);
      calls.free(dQ, dK, dV, stacked, moved);
      if (padding === undefined) return [tensor(flat, qkv.rows, qkv.cols)];
      const by = calls.gather(flat, padding.unpadded);
      calls.free(flat);
      return [tensor(by, qkv.rows, qkv.cols)];
    },
  };
}

/** [rows, heads, longest, size] -> [tokens, heads * size] */
function join(
  calls: Calls,
  x: Handle,
  { rows, longest, padding }: NativeTokens,
  heads: number,
  size: number,
): Handle {
  const moved = calls.transpose(x, 0, 2, 1, 3);
  const flat = calls.reshape(moved, rows * longest, heads * size);
  calls.free(moved);
  if (padding === undefined) return flat;
  const value = calls.gather(flat, padding.unpadded);
  calls.free(flat);
  return value;
}

/** The reverse of `join`, with zeros in padding. */
function part(
  calls: Calls,
  x: Handle,
  { rows, longest, padding }: NativeTokens,
  heads: number,
  size: number,
): Handle {
  let padded = x;
  if (padding !== undefined) {
    const some = calls.gather(x, padding.padded);
    padded = calls.multiply(some, padding.real);
    calls.free(some);
  }
  const parted = calls.reshape(padded, rows, longest, heads, size);
  const moved = calls.transpose(parted, 0, 2, 1, 3);
  calls.free(parted, ...(padding === undefined ? [] : [padded]));
  return moved;
}

/** The mask of the probabilities [rows, heads, longest, longest]; `attentionElement` numbers its elements. */
function heldMask(
  calls: Calls,
  { rows, tokens, longest, padding }: NativeTokens,
  heads: number,
  dropout: Dropout,
): Handle {
  const mask = calls.masks.make(tokens * heads * longest, dropout);
  const held = calls.floats([tokens, heads * longest], mask);
  const padded = padding === undefined ? held : calls.gather(held, padding.padded);
  const parted = calls.reshape(padded, rows, longest, heads, longest);
  const moved = calls.transpose(parted, 0, 2, 1, 3);
  calls.free(held, padded, parted);
  return moved;
}
