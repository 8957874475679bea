// One spelling for the names of a checkpoint's tensors: `bert.` in front of the encoder's, as
// `transformers` writes models with a head, and LayerNorm's parameters as `weight` and `bias`.

const ENCODER_PARTS = ['embeddings.', 'encoder.', 'pooler.'];

/** @returns the canonical name, or undefined for what is neither encoder nor one of our heads */
export function canonicalName(name: string): string | undefined {
  if (isHead(name)) return name;
  const bare = name.startsWith('bert.') ? name.slice('bert.'.length) : name;
  if (!ENCODER_PARTS.some((part) => bare.startsWith(part))) return undefined;
  // Checkpoints converted from TensorFlow, bert-base-cased among them, have the older spelling.
  return `bert.${bare}`
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
}

export function isHead(name: string): boolean {
  return /^(classifier_dict\.[^.]+|task_discriminator)\.(weight|bias)$/.test(name);
}

export function isPooler(name: string): boolean {
  return name.startsWith('bert.pooler.');
}
