// The backend of native TensorFlow: every operation calls TensorFlow's, forward and backward.
import type { Backend, BackendFacts, Update } from '../backend.ts';
import { lossOperations, operationsOn } from '../operations.ts';
import type { OperationTable } from '../operations.ts';
import { attentionOperation } from './attention.ts';
import { Calls } from './calls.ts';
import { addNormOperation, embedOperation } from './norms.ts';
import { NativeParameter } from './parameter.ts';
import { denseOperation, geluOperation, tanhOperation } from './products.ts';
import type { Runtime } from './runtime.ts';
import { tensor } from './tensors.ts';
import type { NativeTensor, NativeTokens } from './tensors.ts';
import {
  dropoutOperation,
  firstTokensOperation,
  holdTokens,
  meanTokensOperation,
} from './tokens.ts';
import { updateParameters } from './update.ts';

const OPERATIONS: OperationTable<Calls, NativeTensor, NativeTokens, NativeParameter> = {
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
  add: (calls, a, b) => tensor(calls.add(a.handle, b.handle), a.rows, a.cols),
  ...lossOperations<Calls, NativeTensor>(
    (calls, logits) => calls.read(logits.handle) as Float32Array,
    (calls, rows, cols, values) => tensor(calls.floats([rows, cols], values), rows, cols),
  ),
  gradient: (_, parameter) => tensor(parameter.gradient(), parameter.rows, parameter.cols),
};

export function nativeBackend(runtime: Runtime, facts: BackendFacts): Backend {
  const calls = new Calls(runtime, facts.precision);
  const parameters = new Map<string, NativeParameter>();
  /** Whether the run has used up the gradients. */
  let updated = false;
  return {
    ...operationsOn(calls, OPERATIONS),
    facts,
    get held() {
      const shared = [...parameters.values()].filter((parameter) => parameter.shared);
      return calls.held - shared.length;
    },
    parameter(name, rows, cols, data) {
      if (parameters.has(name)) throw new Error(`there is a parameter '${name}' already`);
      const parameter = new NativeParameter(calls, name, rows, cols, data);
      parameters.set(name, parameter);
      return parameter;
    },
    async run(gradients, body) {
      calls.begin(gradients !== false);
      if (gradients !== false) for (const parameter of parameters.values()) parameter.adopt();
      // Freed with the run, unless it is to be added to.
      if (gradients === true)
        for (const parameter of parameters.values()) parameter.forgetGradient();
      updated = false;
      try {
        const handles = body().map((one) => (one as NativeTensor).handle);
        return calls.results(handles) as readonly Float32Array[];
      } finally {
        for (const parameter of parameters.values()) {
          // After an update nothing adds to the gradient any more.
          if (updated) parameter.forgetGradient();
          else parameter.keep();
        }
        calls.end();
      }
    },
    update(updates, settings) {
      updated = true;
      return updateParameters(
        calls,
        [...parameters.values()],
        updates as readonly Update<NativeParameter>[],
        settings,
      );
    },
  };
}
