import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHfFolder } from '../../../src/ml/hf/folder.ts';
import { config, foreign, tensors } from './foreign-folder.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'hf-'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a Hugging Face folder', () => {
  test('of a DistilBERT is a BERT whose segments are zeros', () => {
    const parts = ['attention.q_lin', 'attention.k_lin', 'attention.v_lin', 'attention.out_lin', 'sa_layer_norm', 'ffn.lin1', 'ffn.lin2', 'output_layer_norm']; // prettier-ignore
    const names = [
      'distilbert.embeddings.word_embeddings.weight',
      ...parts.map((part) => `distilbert.transformer.layer.3.${part}.bias`),
      'pre_classifier.bias',
    ];
    const fields = { model_type: 'distilbert', dim: 4, n_layers: 5, n_heads: 2, hidden_dim: 8, hidden_act: undefined, activation: 'gelu' }; // prettier-ignore
    const read = readHfFolder(foreign(root, 'distilled', tensors(...names), fields));
    expect(read.config).toEqual({ ...config, layers: 5 });
    const layer = ['attention.self.query', 'attention.self.key', 'attention.self.value', 'attention.output.dense', 'attention.output.LayerNorm', 'intermediate.dense', 'output.dense', 'output.LayerNorm']; // prettier-ignore
    expect(new Set(read.encoder.keys())).toEqual(
      new Set([
        'bert.embeddings.word_embeddings.weight',
        ...layer.map((part) => `bert.encoder.layer.3.${part}.bias`),
        'bert.embeddings.token_type_embeddings.weight',
      ]),
    );
    expect(read.encoder.get('bert.embeddings.token_type_embeddings.weight')).toEqual({ shape: [2, 4], data: new Float32Array(8) }); // prettier-ignore
    expect(read).toMatchObject({ hasPooler: false, ignored: ['pre_classifier.bias'] });
    expect(read.added).toEqual(['segments, which a DistilBERT lacks, beginning with zeros']);
    expect(() => readHfFolder(foreign(root, 'swish', tensors(...names), { ...fields, activation: 'relu' }))).toThrow(/activation is "relu"; only "gelu"/); // prettier-ignore
  });

  test.each([
    [
      { model_type: 'roberta', pad_token_id: 1, max_position_embeddings: 2 },
      /max_position_embeddings is 2; with pad_token_id 1 a RoBERTa's first token has position 2/,
    ],
    [{ type_vocab_size: 1 }, /type_vocab_size is 1; pairs of texts need 2/],
    [{ pad_token_id: 11 }, /pad_token_id is 11, but vocab_size is 11/],
    [{ pad_token_id: -1 }, /pad_token_id is -1, not an integer from 0/],
    [{ layer_norm_eps: -1 }, /layer_norm_eps is -1, not a number from 0/],
    [{ vocab_size: 1.5 }, /vocab_size is 1\.5, not a positive integer/],
    [{ model_type: undefined }, /model_type is absent/],
    [{ hidden_act: 'gelu_new' }, /hidden_act is "gelu_new"; only "gelu"/],
    [{ position_embedding_type: 'relative_key' }, /only "absolute"/],
    [{ is_decoder: true }, /is_decoder is true/],
    [{ add_cross_attention: true }, /add_cross_attention is true; only encoders/],
    [{ pruned_heads: { 0: [1] } }, /pruned_heads is {"0":\[1\]}; only whole layers can be used/],
    [{ hidden_size: undefined }, /hidden_size is absent, not a positive integer/],
    [{ num_attention_heads: 3 }, /hidden_size 4 is not a multiple of num_attention_heads 3/],
    [{ layer_norm_eps: 'tiny' }, /layer_norm_eps is "tiny", not a number/],
  ])('refuses a config.json with %j', (fields, message) => {
    expect(() => readHfFolder(foreign(root, 'refused', tensors('embeddings.x'), fields))).toThrow(
      message,
    );
  });

  test.each(['albert', 'deberta-v2', 'electra', 'xlm-roberta', 'gpt2'])(
    'refuses a model_type of %s, and names those that can be used',
    (type) => {
      expect(() => readHfFolder(foreign(root, type, new Map(), { model_type: type }))).toThrow(
        `config.json: model_type is "${type}"; only "bert", "distilbert" and "roberta" can be used`,
      );
    },
  );

  test('of a RoBERTa loses the positions that no token has, and one segment is enough', () => {
    const table = { shape: [6, 4], data: Float32Array.from({ length: 24 }, (_, i) => i) };
    const name = 'embeddings.position_embeddings.weight';
    const heads = tensors('lm_head.bias', 'classifier.dense.weight', 'classifier.out_proj.weight');
    const fields = { model_type: 'roberta', pad_token_id: 1, type_vocab_size: 1 };
    for (const prefix of ['', 'roberta.']) {
      const read = readHfFolder(foreign(root, `roberta${prefix}`, new Map([[prefix + name, table], ...heads]), fields)); // prettier-ignore
      expect(read.config).toEqual({ ...config, family: 'roberta', padding: 1, segments: 1, positions: 4 }); // prettier-ignore
      expect([...read.encoder]).toEqual([[`bert.${name}`, { shape: [4, 4], data: table.data.subarray(8) }]]); // prettier-ignore
      expect(read).toMatchObject({
        hasPooler: false,
        added: [],
        ignored: [...heads.keys()].sort(),
      });
    }
  });
});
