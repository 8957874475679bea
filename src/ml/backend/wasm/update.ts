import type { Update, UpdateSettings } from '../backend.ts';
import type { WasmParameter } from './parameter.ts';
import { own } from './room.ts';
import type { Room, WasmTensor } from './room.ts';

/**
 * Clips the gradients of all parameters together and updates some. @returns the norm, [1, 1]
 *
 * Of a word table only rows that ever had a gradient are worked on, unless it decays: a row without
 * gradient and moments stands still in the full computation too, so the result is the same.
 */
export function updateParameters(
  room: Room,
  parameters: readonly WasmParameter[],
  updates: readonly Update[],
  settings: UpdateSettings,
): WasmTensor {
  let squares = 0;
  for (const parameter of parameters) {
    if (parameter.touched) squares += gradientSquares(room, parameter);
  }
  const norm = Math.sqrt(squares);
  const scale = Math.min(1, settings.clip / (norm + 1e-6));
  for (const update of updates) apply(room, update, settings, scale);
  return room.hold(1, 1, Float32Array.of(norm));
}

function gradientSquares(room: Room, parameter: WasmParameter): number {
  const { gradient } = parameter.training;
  if (parameter.active === undefined) return room.kernels.sumSquares(gradient, parameter.size);
  const rows = parameter.gradientRows;
  const indices = room.holdIntegers(rows);
  return room.kernels.sumSquaresRows(gradient, indices, rows.length, parameter.cols);
}

function apply(
  room: Room,
  { parameter, stepSize, decay }: Update,
  { beta1, beta2, eps }: UpdateSettings,
  scale: number,
): void {
  const it = own(parameter);
  if (!it.touched) it.clearGradient();
  it.markMoved();
  const { value: p } = it;
  const { gradient: g, first: m, second: v } = it.training;
  const [rest1, rest2] = [1 - beta1, 1 - beta2];
  if (it.active !== undefined && decay === 0) {
    const rows = [...it.active];
    const indices = room.holdIntegers(rows);
    // prettier-ignore
    room.kernels.adamwRows(
      indices, rows.length, it.cols, p, g, m, v, beta1, rest1, beta2, rest2, eps, stepSize, scale,
    );
    return;
  }
  // prettier-ignore
  room.kernels.adamw(
    p, g, m, v, it.size, beta1, rest1, beta2, rest2, eps, stepSize, decay, scale,
  );
}
