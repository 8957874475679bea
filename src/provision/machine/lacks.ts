// The requirements of a backend that this machine does not meet.
import type { InstalledName } from '../../ml/backend/installed.ts';
import type { Lack } from '../failure.ts';

/** Why flow cannot add a backend to this machine; undefined if it can. */
export function machineLacks(name: InstalledName): Lack | undefined {
  const here = `${process.platform}-${process.arch}`;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  if (here === 'linux-x64' && header.glibcVersionRuntime !== undefined) return undefined;
  const musl = here === 'linux-x64' ? ' without glibc' : '';
  return {
    found: `'${name}' can be built on linux-x64 with glibc, not on ${here}${musl}`,
    hint:
      name === 'webgpu'
        ? "use 'wasm'"
        : "if @tensorflow/tfjs-node has a binary for this machine, 'npm install --no-save --save-prod @tensorflow/tfjs-node' installs it, and flow uses it",
  };
}

/**
 * Why TensorFlow's build for CUDA computes on the CPU.
 *
 * @param said what TensorFlow wrote meanwhile, at TF_CPP_MIN_LOG_LEVEL=1
 */
export function whyNoCuda(said: string): Lack {
  const refused = /failed call to cuInit: (?:INTERNAL: |CUDA error: |Failed call to cuInit: )*(.*)/.exec(said)?.[1]; // prettier-ignore
  // The answer of TensorFlow's replacement for the library, if the library is missing.
  if (refused?.includes('(303)') === true) {
    return {
      found: 'finds no NVIDIA driver: there is no libcuda.so.1',
      hint: "install the driver, 525 or later; without an NVIDIA GPU, 'flow backend add tensorflow' is enough",
    };
  }
  if (refused !== undefined) {
    return {
      found: `finds no GPU: ${refused}`,
      hint: 'run nvidia-smi: it shows the GPUs that the driver finds',
    };
  }
  const absent = /Could not load dynamic library '([^']+)'/.exec(said)?.[1];
  if (absent !== undefined || said.includes('Cannot dlopen some GPU libraries')) {
    return {
      found: `finds a GPU, but not all of CUDA's libraries${absent === undefined ? '' : `: there is no ${absent}`}`,
      hint: "'flow backend add tensorflow-gpu' installs them",
    };
  }
  const ignored = /Ignoring visible gpu device .*? with Cuda compute capability ([\d.]+)\. The minimum required Cuda capability is ([\d.]+\d)/.exec(said); // prettier-ignore
  if (ignored !== null) {
    return {
      found: `finds only a GPU of compute capability ${ignored[1]}, but needs ${ignored[2]}`,
      hint: "use -p backend=webgpu, which works with GPUs of any manufacturer: 'flow backend add webgpu'",
    };
  }
  return { found: 'finds no GPU', hint: 'run nvidia-smi: it shows the GPUs that the driver finds' };
}

/** @param said what Dawn and the Vulkan loader wrote while they found no GPU */
export function whyNoGpu(said: string): Lack {
  const warnings = [...said.matchAll(/^Warning: (.*)$/gm)].map(([, text = '']) =>
    text.trim().replace(/\.$/, ''),
  );
  const name = 'or set VK_ICD_FILENAMES to the file of a driver';
  if (warnings.some((text) => text.includes("Couldn't load Vulkan"))) {
    return {
      found: 'finds no Vulkan: there is no libvulkan.so.1',
      hint: "install the Vulkan loader (Debian: apt-get install libvulkan1) and the GPU's driver",
    };
  }
  const reason = warnings.find((text) => !text.startsWith('vkCreateInstance'));
  if (reason === undefined) {
    return { found: 'finds no Vulkan driver', hint: `install the driver of the GPU, ${name}` };
  }
  return { found: `finds no sufficient Vulkan driver: ${reason}`, hint: `install the manufacturer's driver of the GPU, ${name}` }; // prettier-ignore
}
