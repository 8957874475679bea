import { isJsonObject } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import type { ParamSpec, ParamType, ScalarType } from '../spec.ts';
import type { Tree } from '../yaml/tree.ts';

export const PARAM_TYPES: readonly string[] = [
  ...['string', 'integer', 'number', 'boolean', 'path'].flatMap((type) => [type, `${type}[]`]),
  'object',
  'any',
];

/**
 * The type of a param without a declared type: the type of its default as it is written. For a
 * list, the type of its items.
 */
export function inferType(tree: Tree): ParamType {
  if (tree.kind === 'map') return 'object';
  if (tree.kind === 'list') {
    const types = new Set(tree.items.map(inferType));
    if (types.size === 2 && types.has('integer') && types.has('number')) return 'number[]';
    const [only] = types;
    const single = types.size === 1 && only !== undefined && isScalarType(only);
    return single ? (`${only}[]` as ParamType) : 'any';
  }
  const { value } = tree;
  if (value === null) return 'any';
  if (typeof value === 'number') {
    return tree.fractional === true || !Number.isInteger(value) ? 'number' : 'integer';
  }
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

/**
 * Why a value does not fit a param, as a message; undefined if it fits. null fits if the default is
 * null.
 */
export function misfit(spec: ParamSpec, value: Json): string | undefined {
  if (value === null && spec.default === null) return undefined;
  if (spec.type.endsWith('[]')) {
    if (!Array.isArray(value)) return `must be a list (${spec.type}), not ${shown(value)}`;
    for (const item of value as readonly Json[]) {
      const why = scalarMisfit(spec, spec.type.slice(0, -2) as ScalarType, item);
      if (why !== undefined) return why;
    }
    return undefined;
  }
  if (spec.type === 'object')
    return isJsonObject(value) ? undefined : `must be a mapping, not ${shown(value)}`;
  if (spec.type === 'any') return undefined;
  return scalarMisfit(spec, spec.type as ScalarType, value);
}

function scalarMisfit(spec: ParamSpec, type: ScalarType, value: Json): string | undefined {
  const fits =
    type === 'integer'
      ? Number.isSafeInteger(value)
      : type === 'path'
        ? typeof value === 'string'
        : typeof value === type;
  if (!fits) return `must be ${article(type)} ${type}, not ${shown(value)}`;
  if (spec.enum !== undefined && !spec.enum.includes(value)) {
    return `must be one of ${spec.enum.map(String).join(', ')}, not ${shown(value)}`;
  }
  if (typeof value === 'number') {
    if (spec.min !== undefined && value < spec.min)
      return `must be at least ${spec.min}, not ${value}`;
    if (spec.max !== undefined && value > spec.max)
      return `must be at most ${spec.max}, not ${value}`;
  }
  return undefined;
}

function isScalarType(type: ParamType): boolean {
  return ['string', 'integer', 'number', 'boolean'].includes(type);
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? 'an' : 'a';
}

function shown(value: Json): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}
