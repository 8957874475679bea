// What a backend cannot do without and this machine does not have.
import type { InstalledName } from '../../ml/backend/installed.ts';
import type { Lack } from '../failure.ts';

/** Why a backend cannot be added to this machine; undefined where it can. */
export function machineLacks(name: InstalledName): Lack | undefined {
  const here = `${process.platform}-${process.arch}`;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  if (here === 'linux-x64' && header.glibcVersionRuntime !== undefined) return undefined;
  const musl = here === 'linux-x64' ? ' without glibc' : '';
  return {
    found: `'${name}' can be built on linux-x64 with glibc, not on ${here}${musl}`,
    hint:
      name === 'webgpu'
        ? "take 'wasm'"
        : "where @tensorflow/tfjs-node's own binary exists, 'npm install --no-save --save-prod @tensorflow/tfjs-node' brings it, and it is used as it is",
  };
}

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

/** @param said what Dawn and the Vulkan loader wrote while they found no GPU */
export function whyNoGpu(said: string): Lack {
  const warnings = [...said.matchAll(/^Warning: (.*)$/gm)].map(([, text = '']) =>
    text.trim().replace(/\.$/, ''),
  );
  const name = 'or name a driver with VK_ICD_FILENAMES';
  if (warnings.some((text) => text.includes("Couldn't load Vulkan"))) {
    return {
      found: 'finds no Vulkan: there is no libvulkan.so.1',
      hint: "install the Vulkan loader (Debian: apt-get install libvulkan1) and the GPU's driver",
    };
  }
  const reason = warnings.find((text) => !text.startsWith('vkCreateInstance'));
  if (reason === undefined) {
    return { found: 'finds no Vulkan driver', hint: `install the GPU's, ${name}` };
  }
  return { found: `finds no Vulkan driver that suffices: ${reason}`, hint: `install the GPU's own, ${name}` }; // prettier-ignore
}
