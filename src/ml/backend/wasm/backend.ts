// The backend of our own kernels: one thread, 128-bit SIMD; the same bytes on every machine, unless the
// relaxed kernels are asked for.
import type { Backend, BackendFacts, Update } from '../backend.ts';
import { lossOperations, operationsOn } from '../operations.ts';
import type { OperationTable } from '../operations.ts';
import { Arena } from './arena.ts';
import type { WasmTensor, WasmTokens } from './arena.ts';
import { attentionOperation } from './attention.ts';
import { kernelsDigest, loadKernels } from './kernels.ts';
import type { Kernels } from './kernels.ts';
import { Memory } from './memory.ts';
import { addNormOperation, embedOperation } from './norms.ts';
import { WasmParameter } from './parameter.ts';
import { denseOperation, geluOperation, tanhOperation } from './products.ts';
import { relaxedSimd } from './relaxed.ts';
import {
  addTensors,
  dropoutOperation,
  firstTokensOperation,
  holdTokens,
  meanTokensOperation,
} from './tokens.ts';
import { updateParameters } from './update.ts';

/** @throws where relaxed kernels are asked for and this Node has no relaxed SIMD */
export async function openWasm({ relaxed = false } = {}): Promise<Backend> {
  const set = relaxed ? 'relaxed' : 'exact';
  const memory = new Memory();
  const kernels = await loadKernels(memory.memory, set);
  return wasmBackend(memory, kernels, {
    backend: relaxed ? 'wasm-relaxed' : 'wasm',
    library: 'fastmtl-flow',
    kernels: await kernelsDigest(set),
    simd: relaxed ? await relaxedSimd() : 'wasm-simd128',
    threads: 1,
    precision: 'fp32',
  });
}

const OPERATIONS: OperationTable<Arena, WasmTensor, WasmTokens, WasmParameter> = {
  tokens: holdTokens,
  embed: embedOperation,
  dense: denseOperation,
  denseGelu: geluOperation,
  denseTanh: tanhOperation,
  addNorm: addNormOperation,
  attention: attentionOperation,
  dropout: dropoutOperation,
  firstTokens: firstTokensOperation,
  meanTokens: meanTokensOperation,
  add: addTensors,
  ...lossOperations<Arena, WasmTensor>(
    (arena, logits) => arena.view(logits),
    (arena, rows, cols, values) => arena.hold(rows, cols, values),
  ),
  gradient(arena, parameter) {
    if (!parameter.hasGradient) parameter.clearGradient();
    return arena.tensorAt(parameter.training.gradient, parameter.rows, parameter.cols);
  },
};

function wasmBackend(memory: Memory, kernels: Kernels, facts: BackendFacts): Backend {
  const arena = new Arena(memory, kernels);
  const parameters = new Map<string, WasmParameter>();
  return {
    ...operationsOn(arena, OPERATIONS),
    facts,
    get held() {
      return memory.kept;
    },
    parameter(name, rows, cols, data) {
      if (parameters.has(name)) throw new Error(`there is a parameter '${name}' already`);
      const parameter = new WasmParameter(memory, name, rows, cols, data);
      parameters.set(name, parameter);
      return parameter;
    },
    async run(gradients, body) {
      if (gradients === true)
        for (const parameter of parameters.values()) parameter.allowTraining();
      arena.begin(gradients !== false);
      try {
        return body().map((tensor) => arena.view(tensor as WasmTensor).slice());
      } finally {
        arena.end();
      }
    },
    update: (updates, settings) =>
      updateParameters(
        arena,
        [...parameters.values()],
        updates as readonly Update<WasmParameter>[],
        settings,
      ),
  };
}
