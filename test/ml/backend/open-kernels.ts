// The kernels on memory of their own.
import { loadKernels } from '../../../src/ml/backend/wasm/kernels.ts';
import { Memory } from '../../../src/ml/backend/wasm/memory.ts';

export async function open() {
  const memory = new Memory();
  const kernels = await loadKernels(memory.memory);
  const scratch = memory.keep(kernels.scratchBytes());
  const hold = (values: ArrayLike<number>) => {
    const address = memory.keep(4 * values.length);
    memory.floats(address, values.length).set(values);
    return address;
  };
  const read = (address: number, length: number) => memory.floats(address, length).slice();
  return { memory, kernels, scratch, hold, read };
}
