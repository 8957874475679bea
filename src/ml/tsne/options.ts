import { TSNE_DEFAULTS } from './tsne.ts';
import type { TsneOptions } from './tsne.ts';

/** The names that the param `tsne` has for the options. */
const NAMES: Readonly<Record<string, keyof TsneOptions>> = {
  perplexity: 'perplexity',
  iterations: 'iterations',
  theta: 'theta',
  exaggeration: 'exaggeration',
  exaggerated: 'exaggerated',
  learning_rate: 'learningRate',
};

/**
 * Options from the param `tsne`; what it leaves out has its default.
 *
 * @throws on an unknown name, or a value that is no number above 0 (theta: 0 to 0.7)
 */
export function tsneOptions(param: Readonly<Record<string, unknown>>): TsneOptions {
  const options: Record<string, unknown> = { ...TSNE_DEFAULTS };
  for (const [name, value] of Object.entries(param)) {
    const option = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
    if (option === undefined) {
      throw new Error(`param 'tsne' has no '${name}'; it has ${Object.keys(NAMES).join(', ')}`);
    }
    if (!(value === null && option === 'learningRate') && !isValid(option, value)) {
      throw new Error(`param 'tsne.${name}' cannot be ${JSON.stringify(value)}`);
    }
    options[option] = value;
  }
  return options as unknown as TsneOptions;
}

function isValid(option: keyof TsneOptions, value: unknown): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  switch (option) {
    case 'theta':
      return value >= 0 && value <= 0.7;
    case 'iterations':
      return Number.isInteger(value) && value > 0;
    case 'exaggerated':
      return Number.isInteger(value) && value >= 0;
    case 'perplexity':
    case 'exaggeration':
    case 'learningRate':
      return value > 0;
  }
}
