// The operations in TensorFlow.js's own: on its plain JavaScript, the reference for the other backends; on
// WebGPU, a way to any GPU. Values are read when a run ends: WebGPU's cannot be read before.
import type { Tensor as TfTensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Backend, Update } from '../backend.ts';
import { operationsOn } from '../operations.ts';
import type { OperationTable } from '../operations.ts';
import { differentiable, differentiableLoss, tensor } from './differentiate.ts';
import type { TfjsTensor } from './differentiate.ts';
import { embedOperation } from './embed.ts';
import * as functions from './functions.ts';
import type { TfjsTokens } from './functions.ts';
import { Gradients } from './gradients.ts';
import type { Loaded } from './load.ts';
import { floats, TfjsParameter } from './parameter.ts';
import type { Session } from './parameter.ts';

const OPERATIONS: OperationTable<Session, TfjsTensor, TfjsTokens, TfjsParameter> = {
  tokens: ({ tf }, batch, padding = 0) => functions.holdTokens(tf, batch, padding),
  embed: embedOperation,
  dense: (session, input, { weight, bias }) =>
    differentiable(session, [input], [weight, bias], ([x, w, b]) =>
      functions.dense(session.tf, x, w, b),
    ),
  denseGelu: (session, input, { weight, bias }) =>
    differentiable(session, [input], [weight, bias], ([x, w, b]) =>
      functions.gelu(session.tf, functions.dense(session.tf, x, w, b)),
    ),
  denseTanh: (session, input, { weight, bias }) =>
    differentiable(session, [input], [weight, bias], ([x, w, b]) =>
      session.tf.tanh(functions.dense(session.tf, x, w, b)),
    ),
  addNorm: (session, input, residual, { weight, bias }, eps) =>
    differentiable(session, [input, residual], [weight, bias], ([x, r, w, b]) =>
      functions.layerNorm(session.tf, session.tf.add(x, r), w, b, eps),
    ),
  attention(session, qkv, tokens, heads, dropout) {
    const { tf } = session;
    const mask = dropout && functions.attentionMask(tf, tokens, heads, dropout);
    return differentiable(session, [qkv], [], ([x]) =>
      functions.attention(tf, x, tokens, heads, mask),
    );
  },
  dropout(session, input, dropout) {
    const { tf } = session;
    const mask = functions.dropoutMask(tf, [input.rows, input.cols], dropout);
    return differentiable(session, [input], [], ([x]) => tf.mul(x, mask));
  },
  firstTokens: (session, input, { firsts }) =>
    differentiable(session, [input], [], ([x]) => session.tf.matMul(firsts, x as Tensor2D)),
  meanTokens: (session, input, { means }) =>
    differentiable(session, [input], [], ([x]) => session.tf.matMul(means, x as Tensor2D)),
  add: ({ tf }, a, b) => tensor(tf.add(a.values, b.values)),
  crossEntropy({ tf }, logits, classes) {
    const targets = functions.oneHot(tf, classes, logits.cols);
    return differentiableLoss(tf, logits, (x) => functions.crossEntropy(tf, x, targets));
  },
  binaryCrossEntropy({ tf }, logits, classes, positive) {
    const targets = functions.oneHot(tf, classes, logits.cols);
    const weights = tf.tensor2d(positive.slice(), [1, logits.cols]);
    return differentiableLoss(tf, logits, (x) =>
      functions.binaryCrossEntropy(tf, x, targets, weights),
    );
  },
  squaredError({ tf }, input, targets) {
    const wanted = tf.tensor2d(targets.slice(), [targets.length, 1]);
    return differentiableLoss(tf, input, (x) => tf.mean(tf.squaredDifference(x, wanted)));
  },
  gradient: ({ tf, gradients }, parameter) => tensor(gradients.get(tf, parameter)),
};

export function tfjsBackend(loaded: Loaded): Backend {
  const gradients = new Gradients();
  const session: Session = {
    gradients,
    /** TensorFlow.js computes with one backend at a time: with ours from now on. */
    get tf() {
      const { tf, backend } = loaded;
      // Of a backend that has been ready before, this takes effect at once.
      if (tf.getBackend() !== backend) void tf.setBackend(backend);
      return tf;
    },
  };
  return {
    ...operationsOn(session, OPERATIONS),
    facts: loaded.facts,
    get held() {
      return session.tf.memory().numTensors;
    },
    parameter: (name, rows, cols, data) => new TfjsParameter(session, name, rows, cols, data),
    async run(more, body) {
      const { tf } = session;
      if (more === true) gradients.drop();
      let results: readonly TfTensor[] = [];
      tf.engine().startScope();
      try {
        results = body().map((one) => tf.keep(tf.clone((one as TfjsTensor).values)));
      } finally {
        gradients.keep(tf);
        tf.engine().endScope();
      }
      const values = await Promise.all(results.map(floats));
      for (const result of results) result.dispose();
      loaded.check?.();
      return values;
    },
    update(updates, settings) {
      const { tf } = session;
      const norm = gradients.norm(tf);
      const { clip } = settings;
      const scale =
        clip === Infinity ? tf.scalar(1) : tf.minimum(1, tf.div(clip, tf.add(norm, 1e-6)));
      for (const update of updates as readonly Update<TfjsParameter>[]) {
        update.parameter.update(update, settings, scale);
      }
      return tensor(tf.reshape(norm, [1, 1]));
    },
  };
}
