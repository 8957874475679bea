// The tensors and tokens of the native backend.
import type { Operation, Tensor, Tokens } from '../backend.ts';
import type { Layout } from '../ragged.ts';
import type { Handle } from './handle.ts';

export interface NativeTensor extends Tensor {
  readonly handle: Handle;
}

export type NativeOperation = Operation<NativeTensor>;

export interface NativeTokens extends Tokens {
  readonly layout: Layout;
  readonly longest: number;
  /** i32 [tokens] */
  readonly ids: Handle;
  /** Place of each token in its row, i32 [tokens]. */
  readonly places: Handle;
  /** i32 [tokens] */
  readonly segments: Handle;
  /** The distinct words without the padding token, i32 [words], and the number of each token among them, or -1. */
  words(): { readonly ids: Int32Array; readonly numbers: Handle };
  /** The first token of each row, i32 [rows]. */
  readonly firsts: Handle;
  /** Absent if all rows have the same length. */
  readonly padding: HeldPadding | undefined;
}

/** `Padding` of ragged.ts. */
export interface HeldPadding {
  /** i32 [rows * longest] */
  readonly padded: Handle;
  /** i32 [tokens] */
  readonly unpadded: Handle;
  /** [rows * longest, 1] */
  readonly real: Handle;
  /** [rows, 1, 1, longest] */
  readonly bias: Handle;
}

export function tensor(handle: Handle, rows: number, cols: number): NativeTensor {
  return { handle, rows, cols };
}
