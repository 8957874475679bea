import type { Update, UpdateSettings } from '../backend.ts';
import type { WasmParameter } from './parameter.ts';
import type { Arena, WasmTensor } from './arena.ts';

/**
 * Clips the gradients of all parameters together and updates some. @returns the norm, [1, 1]
 *
 * Of a word table only rows that ever had a gradient are updated, unless it decays: a row without
 * gradient and moments does not change in the complete computation either.
 */
export function updateParameters(
  arena: Arena,
  parameters: readonly WasmParameter[],
  updates: readonly Update<WasmParameter>[],
  settings: UpdateSettings,
): WasmTensor {
  let squares = 0;
  for (const parameter of parameters) {
    if (parameter.hasGradient) squares += gradientSquares(arena, parameter);
  }
  const norm = Math.sqrt(squares);
  const scale = Math.min(1, settings.clip / (norm + 1e-6));
  for (const update of updates) apply(arena, update, settings, scale);
  return arena.hold(1, 1, Float32Array.of(norm));
}

function gradientSquares(arena: Arena, parameter: WasmParameter): number {
  const { gradient } = parameter.training;
  if (parameter.active === undefined) return arena.kernels.sumSquares(gradient, parameter.size);
  const rows = parameter.gradientRows;
  const indices = arena.holdIntegers(rows);
  return arena.kernels.sumSquaresRows(gradient, indices, rows.length, parameter.cols);
}

function apply(
  arena: Arena,
  { parameter, stepSize, decay }: Update<WasmParameter>,
  { beta1, beta2, eps }: UpdateSettings,
  scale: number,
): void {
  if (!parameter.hasGradient) parameter.clearGradient();
  parameter.markMoved();
  const { address: p } = parameter;
  const { gradient: g, first: m, second: v } = parameter.training;
  const [rest1, rest2] = [1 - beta1, 1 - beta2];
  if (parameter.active !== undefined && decay === 0) {
    const rows = [...parameter.active];
    const indices = arena.holdIntegers(rows);
    // prettier-ignore
    arena.kernels.adamwRows(
      indices, rows.length, parameter.cols, p, g, m, v, beta1, rest1, beta2, rest2, eps, stepSize, scale,
    );
    return;
  }
  // prettier-ignore
  arena.kernels.adamw(
    p, g, m, v, parameter.size, beta1, rest1, beta2, rest2, eps, stepSize, decay, scale,
  );
}
