import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dtypeOf } from '../../../src/ml/hf/config.ts';
import { readHfFolder, writeHfFolder } from '../../../src/ml/hf/folder.ts';
import { writeSafetensors } from '../../../src/ml/hf/safetensors.ts';
import { config, foreign, tensors } from './foreign-folder.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'hf-'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a Hugging Face folder', () => {
  test('is read back as it was written, heads apart from the encoder', () => {
    const tokenizer = path.join(root, 'vocabulary');
    mkdirSync(tokenizer);
    writeFileSync(path.join(tokenizer, 'vocab.txt'), '[PAD]\n');
    writeFileSync(path.join(tokenizer, 'notes.txt'), 'not a tokenizer file');
    const folder = path.join(root, 'own');
    const names = [
      'bert.embeddings.word_embeddings.weight',
      'bert.pooler.dense.bias',
      'classifier_dict.rte.weight',
      'task_discriminator.bias',
    ];
    const extra = { fastmtl: { pooling: 'mean' } };
    writeHfFolder(folder, {
      config,
      dropout: 0.1,
      dtype: 'float32',
      weights: tensors(...names),
      extra,
      tokenizer,
    });
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.safetensors', 'vocab.txt']);
    const read = readHfFolder(folder);
    expect(read.config).toEqual(config);
    expect(read.fields).toMatchObject({ model_type: 'bert', hidden_dropout_prob: 0.1, ...extra });
    expect([...read.encoder.keys()]).toEqual(names.slice(0, 2));
    expect([...read.heads.keys()]).toEqual(names.slice(2));
    expect(read.encoder.get('bert.pooler.dense.bias')?.data).toEqual(Float32Array.of(1, -1));
    expect(read).toMatchObject({ hasPooler: true, ignored: [] });
  });

  test('gives the same names with and without the prefix, in old and new spelling', () => {
    const old = foreign(root, 'old', tensors('embeddings.LayerNorm.gamma', 'embeddings.LayerNorm.beta', 'encoder.layer.0.x.weight')); // prettier-ignore
    const now = foreign(root, 'now', tensors('bert.embeddings.LayerNorm.weight', 'bert.embeddings.LayerNorm.bias', 'bert.encoder.layer.0.x.weight')); // prettier-ignore
    expect([...readHfFolder(old).encoder]).toEqual([...readHfFolder(now).encoder]);
  });

  test('tells of a missing pooler and of tensors that nothing uses', () => {
    const folder = foreign(root, 'bare', tensors('embeddings.x', 'cls.predictions.bias', 'classifier.weight')); // prettier-ignore
    const read = readHfFolder(folder);
    expect(read.hasPooler).toBe(false);
    expect(read.ignored).toEqual(['classifier.weight', 'cls.predictions.bias']);
  });

  test('may be sharded with an index', () => {
    const whole = foreign(root, 'whole', tensors('bert.embeddings.a', 'bert.embeddings.b'));
    const folder = path.join(root, 'sharded');
    cpSync(whole, folder, { recursive: true });
    rmSync(path.join(folder, 'model.safetensors'));
    const map: Record<string, string> = {};
    for (const [i, name] of ['bert.embeddings.a', 'bert.embeddings.b'].entries()) {
      map[name] = `model-0000${i + 1}-of-00002.safetensors`;
      const data = readHfFolder(whole).encoder.get(name);
      writeSafetensors(path.join(folder, map[name]), new Map(data ? [[name, data]] : []));
    }
    const index = path.join(folder, 'model.safetensors.index.json');
    writeFileSync(index, JSON.stringify({ weight_map: map }));
    expect(readHfFolder(folder).encoder).toEqual(readHfFolder(whole).encoder);
    rmSync(path.join(folder, 'model-00002-of-00002.safetensors'));
    expect(() => readHfFolder(folder)).toThrow(/model-00002-of-00002.*no such file, but .*index/);
    writeFileSync(index, JSON.stringify({ weight_map: { x: '../own/model.safetensors' } }));
    expect(() => readHfFolder(folder)).toThrow(/does not lie beside it/);
  });

  test('says of itself all that computing needs: what no other program would assume, too', () => {
    const odd = { ...config, padding: 3, layerNormEps: 1e-5, initializerRange: 0.3, segments: 4 };
    const folder = path.join(root, 'odd');
    writeHfFolder(folder, { config: odd, dropout: 0.3, dtype: 'bfloat16', weights: new Map() });
    const { config: read, fields } = readHfFolder(folder);
    expect(read).toEqual(odd);
    // Not left to a reader's defaults, which change between versions of transformers.
    expect(fields).toMatchObject({
      model_type: 'bert',
      hidden_act: 'gelu',
      position_embedding_type: 'absolute',
      attention_probs_dropout_prob: 0.3,
    });
  });

  test.each([
    [{ torch_dtype: 'float16' }, 'float16'],
    // As transformers 5 writes it.
    [{ dtype: 'bfloat16' }, 'bfloat16'],
    [{ dtype: 'int8' }, 'float32'],
    [{}, 'float32'],
  ])('with %j has weights in %s', (fields, dtype) => {
    expect(dtypeOf(fields)).toBe(dtype);
  });

  test('refuses one tensor under two names', () => {
    const folder = foreign(root, 'twice', tensors('bert.embeddings.x', 'embeddings.x'));
    expect(() => readHfFolder(folder)).toThrow(/gives 'bert.embeddings.x' a second time/);
  });

  test.each([
    ['float16', 2],
    ['bfloat16', 2],
    ['float32', 4],
  ] as const)('holds its weights in %s, and says so', (dtype, width) => {
    const folder = path.join(root, dtype);
    const values = { shape: [3], data: Float32Array.of(1, -0.5, 3) };
    writeHfFolder(folder, { config, dropout: 0, dtype, weights: new Map([['bert.embeddings.x', values]]) }); // prettier-ignore
    const bytes = readFileSync(path.join(folder, 'model.safetensors'));
    expect(bytes.length - 8 - Number(bytes.readBigUInt64LE())).toBe(3 * width);
    const read = readHfFolder(folder);
    expect([dtypeOf(read.fields), read.encoder.get('bert.embeddings.x')]).toEqual([dtype, values]);
  });

  test('of another format says what there is and how to convert it', () => {
    const folder = foreign(root, 'pickled', new Map());
    rmSync(path.join(folder, 'model.safetensors'));
    writeFileSync(path.join(folder, 'pytorch_model.bin'), '');
    expect(() => readHfFolder(folder)).toThrow(/there is pytorch_model\.bin, which is not read\. In Python, .*save_pretrained/); // prettier-ignore
  });

  test('says which folder was meant', () => {
    const hub = path.join(root, 'models--x--y');
    mkdirSync(path.join(hub, 'snapshots', 'aaa'), { recursive: true });
    expect(() => readHfFolder(hub)).toThrow(/an entry of the Hugging Face cache; name its snapshots\/aaa$/); // prettier-ignore
    mkdirSync(path.join(hub, 'snapshots', 'bbb'));
    mkdirSync(path.join(hub, 'refs'));
    writeFileSync(path.join(hub, 'refs', 'main'), 'bbb');
    expect(() => readHfFolder(hub)).toThrow(/name its snapshots\/bbb$/);
    const sentences = path.join(root, 'sentences');
    mkdirSync(sentences);
    const modules = [{ path: '0_Transformer', type: 'sentence_transformers.models.Transformer' }];
    writeFileSync(path.join(sentences, 'modules.json'), JSON.stringify(modules));
    expect(() => readHfFolder(sentences)).toThrow(/laid out for sentence-transformers; name its 0_Transformer$/); // prettier-ignore
  });

  test('may be of links into another folder, as the Hugging Face cache has them', () => {
    const real = foreign(root, 'linked to', tensors('bert.embeddings.x'));
    const folder = path.join(root, 'snapshots', 'links');
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(real)) {
      symlinkSync(path.join('../..', path.basename(real), name), path.join(folder, name));
    }
    expect(readHfFolder(folder)).toEqual(readHfFolder(real));
  });

  test.each(['config.json', 'model.safetensors.index.json'])(
    'names a %s that is no JSON',
    (name) => {
      const folder = foreign(root, `no JSON in ${name}`, new Map());
      rmSync(path.join(folder, 'model.safetensors'));
      writeFileSync(path.join(folder, name), '{"model_type": ');
      expect(() => readHfFolder(folder)).toThrow(path.join(folder, name));
      writeFileSync(path.join(folder, name), '[]');
      expect(() => readHfFolder(folder)).toThrow(`${path.join(folder, name)}: not a mapping`);
    },
  );

  test('says what is absent', () => {
    expect(() => readHfFolder(path.join(root, 'nowhere'))).toThrow(/config\.json: no such file/);
    const folder = foreign(root, 'weightless', new Map());
    rmSync(path.join(folder, 'model.safetensors'));
    expect(() => readHfFolder(folder)).toThrow(/model\.safetensors: no such file, nor/);
  });
});
