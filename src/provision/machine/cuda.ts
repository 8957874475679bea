import type { Lack } from './vulkan.ts';

/**
 * Why TensorFlow's build for CUDA computes on the CPU.
 *
 * @param said what TensorFlow wrote meanwhile, at TF_CPP_MIN_LOG_LEVEL=1
 */
export function whyNoCuda(said: string): Lack {
  const refused = /failed call to cuInit: (?:INTERNAL: |CUDA error: |Failed call to cuInit: )*(.*)/.exec(said)?.[1]; // prettier-ignore
  // What TensorFlow's own stand-in for the library answers where there is none.
  if (refused?.includes('(303)') === true) {
    return {
      found: 'finds no NVIDIA driver: there is no libcuda.so.1',
      hint: "install the driver, 525 or later; without an NVIDIA GPU, 'flow backend add tensorflow' is enough",
    };
  }
  if (refused !== undefined) {
    return { found: `finds no GPU: ${refused}`, hint: 'nvidia-smi shows what the driver sees' };
  }
  const absent = /Could not load dynamic library '([^']+)'/.exec(said)?.[1];
  if (absent !== undefined || said.includes('Cannot dlopen some GPU libraries')) {
    return {
      found: `finds a GPU, but not all of CUDA's libraries${absent === undefined ? '' : `: there is no ${absent}`}`,
      hint: "'flow backend add tensorflow-gpu' brings them",
    };
  }
  const ignored = /Ignoring visible gpu device .*? with Cuda compute capability ([\d.]+)\. The minimum required Cuda capability is ([\d.]+\d)/.exec(said); // prettier-ignore
  if (ignored !== null) {
    return {
      found: `finds a GPU of compute capability ${ignored[1]} alone, and needs ${ignored[2]}`,
      hint: "-p backend=webgpu computes on a GPU of any maker: 'flow backend add webgpu'",
    };
  }
  return { found: 'finds no GPU', hint: 'nvidia-smi shows what the driver sees' };
}
