// Builds @tensorflow/tfjs-node's add-on, its sources unchanged, against the libraries of a wheel.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ProvisionError } from '../failure.ts';
import type { Lack } from '../failure.ts';

/** Node's stable C interface: one add-on for every later Node. */
const NODE_API_VERSION = 8;
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];

/**
 * TensorFlow 2.18 has a pass over graphs for TPUs, and writes of each process that the pass is not enabled, by a
 * log that reads no variable. This is the public ClearPass() of its registry, which is one std::unique_ptr
 * (tensorflow/compiler/mlir/mlir_graph_optimization_pass.h). A TensorFlow without it is as it is.
 */
const QUIET = `namespace tensorflow {
struct MlirV1CompatOptimizationPassRegistry {
  __attribute__((weak)) static MlirV1CompatOptimizationPassRegistry& Global();
  void* pass;
};
}  // namespace tensorflow
using tensorflow::MlirV1CompatOptimizationPassRegistry;
__attribute__((constructor)) static void clear_pass() {
  if (&MlirV1CompatOptimizationPassRegistry::Global != nullptr)
    MlirV1CompatOptimizationPassRegistry::Global().pass = nullptr;
}
`;

export interface Compilation {
  /** Folder of the add-on's sources. */
  readonly sources: string;
  readonly includes: readonly string[];
  /** The folder of the libraries, and the path to it from the add-on. */
  readonly libraries: string;
  readonly fromAddon: string;
  readonly addon: string;
}

/** Why flow cannot build on this machine; undefined if it can. */
export async function compilerLacks(env: NodeJS.ProcessEnv): Promise<Lack | undefined> {
  try {
    await compile(['--version'], env);
    return undefined;
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    return { found: error.message, hint: error.hint ?? '' };
  }
}

export async function compileAddon(
  { sources, includes, libraries, fromAddon, addon }: Compilation,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const quiet = path.join(sources, 'quiet.cc');
  writeFileSync(quiet, QUIET);
  const args = [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    `-DNAPI_VERSION=${NODE_API_VERSION}`,
    ...includes.map((folder) => `-I${folder}`),
    ...SOURCES.map((file) => path.join(sources, file)),
    quiet,
    '-o',
    addon,
    `-L${libraries}`,
    '-l:libtensorflow_cc.so.2',
    '-l:libtensorflow_framework.so.2',
    // The CUDA libraries are found when TensorFlow asks for them.
    '-Wl,--allow-shlib-undefined',
    `-Wl,-rpath,$ORIGIN/${fromAddon}`,
  ];
  await compile(args, env);
}

async function compile(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  // CXX can have several words: `ccache g++`.
  const [compiler = 'g++', ...words] = (env['CXX'] ?? '')
    .split(/\s+/)
    .filter((word) => word !== '');
  try {
    await promisify(execFile)(compiler, [...words, ...args], { maxBuffer: 1 << 26, env });
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') {
      throw new ProvisionError(
        `there is no ${compiler} in PATH, which the add-on is built with`,
        "install a C++ compiler (Debian: apt-get install g++), or give an add-on built elsewhere with '--addon FILE'",
      );
    }
    throw new ProvisionError(`${compiler} cannot build the add-on:\n${stderr.slice(0, 2000)}`);
  }
}
