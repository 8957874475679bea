// Losses of logits, in float64. They are too little work for kernels.

/** A mean loss and its gradient by the logits. */
export interface LossValue {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** Softmax cross-entropy, mean over rows. @param logits [rows, cols] */
export function crossEntropy(logits: Float32Array, cols: number, classes: Int32Array): LossValue {
  const gradient = new Float32Array(logits.length);
  const rows = classes.length;
  let loss = 0;
  for (let r = 0; r < rows; r++) {
    const row = logits.subarray(r * cols, (r + 1) * cols);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((total, x) => total + Math.exp(x - top), 0);
    const own = classes[r] as number;
    loss += (Math.log(sum) + top - (row[own] as number)) / rows;
    for (let k = 0; k < cols; k++) {
      const p = Math.exp((row[k] as number) - top) / sum;
      gradient[r * cols + k] = (p - (k === own ? 1 : 0)) / rows;
    }
  }
  return { loss, gradient };
}

/** Sigmoid cross-entropy against one-hot targets, mean over rows x cols. */
export function binaryCrossEntropy(
  logits: Float32Array,
  cols: number,
  classes: Int32Array,
  positive: Float32Array,
): LossValue {
  const gradient = new Float32Array(logits.length);
  const count = logits.length;
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const k = i % cols;
    const x = logits[i] as number;
    const own = classes[Math.floor(i / cols)] === k;
    const weight = own ? (positive[k] as number) : 1;
    const signed = own ? -x : x;
    loss += (weight * softplus(signed)) / count;
    gradient[i] = ((own ? -1 : 1) * weight * sigmoid(signed)) / count;
  }
  return { loss, gradient };
}

/** Mean of (x - target)^2. */
export function squaredError(x: Float32Array, targets: Float32Array): LossValue {
  const gradient = new Float32Array(x.length);
  let loss = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = (x[i] as number) - (targets[i] as number);
    loss += difference ** 2 / x.length;
    gradient[i] = (2 * difference) / x.length;
  }
  return { loss, gradient };
}

/** The gradient of a loss with the weight `share`. */
export function scaled(gradient: Float32Array, share: number): Float32Array {
  return share === 1 ? gradient : gradient.map((x) => x * share);
}

/** log(1 + e^x) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}
