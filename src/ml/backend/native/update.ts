import type { Update, UpdateSettings } from '../backend.ts';
import type { Handle } from './handle.ts';
import type { Calls } from './calls.ts';
import type { NativeParameter } from './parameter.ts';
import { tensor } from './tensors.ts';
import type { NativeTensor } from './tensors.ts';

/** Clips the gradients of all parameters together and updates some. @returns the norm, [1, 1] */
export function updateParameters(
  calls: Calls,
  parameters: readonly NativeParameter[],
  updates: readonly Update<NativeParameter>[],
  settings: UpdateSettings,
): NativeTensor {
  const halves = parameters
    .filter(({ hasGradient }) => hasGradient)
    .map((one) => one.halfSquares());
  const [half = 0] = halves.length === 0 ? [] : calls.read(calls.addAll(halves));
  calls.settle();
  const norm = Math.sqrt(2 * half);
  const scale = Math.min(1, settings.clip / (norm + 1e-6));
  const numbers = new Numbers(calls);
  for (const update of updates) apply(calls, update, settings, scale, numbers);
  return tensor(calls.floats([1, 1], Float32Array.of(norm)), 1, 1);
}

/** The scalars of one update, each made once. */
class Numbers {
  readonly #calls: Calls;
  readonly #made = new Map<number, Handle>();

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  of(value: number): Handle {
    const made = this.#made.get(value) ?? this.#calls.floats([], Float32Array.of(value));
    this.#made.set(value, made);
    return made;
  }
}

/**
 * TensorFlow's Adam moves by lr sqrt(1 - power2) / (1 - power1) m / (sqrt(v) + eps). With powers of 0 its
 * learning rate is our step size, and eps is added as in transformers 4.2. It computes 1 - beta in
 * float32, where 1 - 0.999 is wrong by 1.3e-5: m and v are too large by a constant factor each, which the
 * step size and eps compensate.
 */
function apply(
  calls: Calls,
  { parameter, stepSize, decay }: Update<NativeParameter>,
  { beta1, beta2, eps }: UpdateSettings,
  scale: number,
  numbers: Numbers,
): void {
  const gradient = parameter.gradient(scale);
  parameter.release();
  const moments = parameter.momentsToUpdate();
  const root = Math.sqrt(excess(beta2));
  const [none, size] = [numbers.of(0), numbers.of((stepSize * root) / excess(beta1))];
  const rates = [numbers.of(beta1), numbers.of(beta2), numbers.of(eps * root)];
  calls.applyAdam([parameter.variable, ...moments, none, none, size, ...rates, gradient]);
  parameter.freeGradient(gradient);
  if (decay === 0) return;
  const moved = calls.valueOf(parameter.variable);
  const part = calls.multiply(moved, numbers.of(decay));
  calls.free(moved);
  calls.subtractFrom(parameter.variable, part);
  calls.free(part);
}

/** The factor by which 1 - beta is too large in float32. */
function excess(beta: number): number {
  return Math.fround(1 - Math.fround(beta)) / (1 - beta);
}
