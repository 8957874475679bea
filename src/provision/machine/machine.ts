import type { InstalledName } from '../../ml/backend/installed.ts';
import type { Lack } from './vulkan.ts';

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
