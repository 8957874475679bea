import { expect, test } from 'vitest';
import { whyNoCuda } from '../../../src/provision/machine/lacks.ts';

// As TensorFlow 2.18 and 2.9 write them.
const INIT = '2026-01-01 00:00:00.5: E external/local_xla/xla/stream_executor/cuda/cuda_driver.cc:152] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: '; // prettier-ignore
const REGISTERED = 'E0000 00:00:1.5 1 cuda_dnn.cc:8310] Unable to register cuDNN factory: Attempting to register factory for plugin cuDNN when one has already been registered\n'; // prettier-ignore

test.each([
  [`${REGISTERED}${INIT}UNKNOWN ERROR (303)\n`, 'finds no NVIDIA driver: there is no libcuda.so.1', "'flow backend add tensorflow' is enough"], // prettier-ignore
  [`${INIT}CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected\nmore\n`, 'finds no GPU: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected', 'nvidia-smi'], // prettier-ignore
  ['E tensorflow/stream_executor/cuda/cuda_driver.cc:271] failed call to cuInit: CUDA_ERROR_UNKNOWN: unknown error\n', 'finds no GPU: CUDA_ERROR_UNKNOWN: unknown error', 'nvidia-smi'], // prettier-ignore
  ['W0000 00:00:1.5 1 gpu_device.cc:2344] Cannot dlopen some GPU libraries. Please make sure\nSkipping registering GPU devices...\n', "finds a GPU, but not all of CUDA's libraries", 'add tensorflow-gpu'], // prettier-ignore
  ["W tensorflow/stream_executor/platform/default/dso_loader.cc:64] Could not load dynamic library 'libcudart.so.11.0'; dlerror: libcudart.so.11.0: cannot open\n", "finds a GPU, but not all of CUDA's libraries: there is no libcudart.so.11.0", 'add tensorflow-gpu'], // prettier-ignore
  ['W gpu_device.cc:2348] Ignoring visible gpu device (device: 0, name: Old, pci bus id: 0000:01:00.0, compute capability: 3.0) with Cuda compute capability 3.0. The minimum required Cuda capability is 6.0.\n', 'finds only a GPU of compute capability 3.0, but needs 6.0', 'webgpu'], // prettier-ignore
  [REGISTERED, 'finds no GPU', 'nvidia-smi'],
])('without CUDA, %j is said in words', (said, found, hint) => {
  expect(whyNoCuda(said)).toEqual({ found, hint: expect.stringContaining(hint) as string });
});
