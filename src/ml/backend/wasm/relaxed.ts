// Finds out by computing how this host does relaxed SIMD.
import { loadKernels } from './kernels.ts';
import { Memory } from './memory.ts';

/** 1 + 2^-12, whose square needs 25 bits. */
const X = 1 + 2 ** -12;
/** float32 rounds the square to 1 + 2^-11 before anything is added. */
const SEPARATE = 2 ** -11;

/** Whether x * y + z is rounded once or twice here. */
export async function relaxedSimd(): Promise<string> {
  const memory = new Memory();
  const kernels = await loadKernels(memory.memory, 'relaxed');
  const hold = (values: readonly number[]) => {
    const address = memory.keep(4 * values.length);
    memory.floats(address, values.length).set(values);
    return address;
  };
  const [a, b, c] = [hold([-1, X]), hold([1, X]), hold([0])];
  const scratch = memory.keep(kernels.scratchBytes());
  // The product of [-1, X] and [1, X]: the last addition is X * X - 1.
  kernels.gemm(a, 2, false, b, 1, false, c, 1, 1, 1, 2, 0, false, false, scratch);
  const [found] = memory.floats(c, 1);
  return `wasm-relaxed-simd, ${found === SEPARATE ? 'separate' : 'fused'}`;
}
