import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import pipelineSchema from '../../../../schema/pipeline.schema.json' with { type: 'json' };
import type { Diagnostic } from '../../core/diagnostic.ts';
import { nearest, suggest } from '../nearest.ts';
import { formAt, meantBy, nameAt } from './schema-forms.ts';
import type { SourceFile, Span } from '../source-file.ts';
import { plain, type Tree } from './tree.ts';

const AJV = {
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  verbose: true,
  // Compiling takes a tenth of the first plan of a thousand stages. A test checks the schema, and
  // optimising the code takes longer than it saves.
  validateSchema: false,
  code: { optimize: false },
};
/** Letters of a value in a message. */
const MAX_SHOWN = 60;

/** Compiled once per process: a pipeline can have several files. */
let compiled: ValidateFunction | undefined;

/**
 * Checks a document against the JSON Schema. Each violation becomes a diagnostic with its place.
 */
export function checkSchema(tree: Tree, file: SourceFile): readonly Diagnostic[] {
  const validate = (compiled ??= new Ajv2020(AJV).compile(pipelineSchema));
  if (validate(plain(tree))) return [];
  const seen = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const error of validate.errors ?? []) {
    const diagnostic = describe(error, tree, file);
    if (diagnostic === undefined) continue;
    const id = `${diagnostic.location?.line}:${diagnostic.location?.column}:${diagnostic.message}`;
    if (!seen.has(id)) diagnostics.push(diagnostic);
    seen.add(id);
  }
  return diagnostics;
}

function describe(error: ErrorObject, tree: Tree, file: SourceFile): Diagnostic | undefined {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  const { keySpan, valueSpan } = locate(tree, path);
  const what = nameAt(path);
  const form = formAt(path);
  const hint = form === undefined ? {} : { hint: form };
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
      const { keySpan: span } = locate(tree, [...path, key]);
      return {
        code: 'unknown-key',
        message: `unknown key '${key}' in ${path.length === 1 ? `'${path[0]}'` : owner(path)}`,
        hint: unknownKeyHint(key, known, path),
        location: file.at(span),
      };
    }
    case 'required':
      return {
        code: 'missing-key',
        message: `${what} has no '${String(params['missingProperty'])}'`,
        hint: path.length === 0 ? "begin the file with 'version: 1'" : (form ?? ''),
        location: file.at(keySpan),
      };
    case 'dependentRequired':
      return {
        code: 'missing-key',
        message: `'${String(params['property'])}' also needs '${String(params['missingProperty'])}'`,
        ...hint,
        location: file.at(keySpan),
      };
    case 'type': {
      const wanted = (
        Array.isArray(params['type']) ? params['type'] : [params['type']]
      ) as string[];
      return {
        code: 'wrong-type',
        message: `${what} must be ${wanted.map(kindName).join(' or ')}, not ${kindOf(error.data)}`,
        ...hintFor(path, wanted, error.data, form),
        location: file.at(valueSpan),
      };
    }
    case 'const':
      return {
        code: 'unknown-version',
        message: `${what} must be ${JSON.stringify(params['allowedValue'])}`,
        hint: versionHint(error.data),
        location: file.at(valueSpan),
      };
    case 'pattern': {
      return {
        code: 'bad-name',
        message: `'${String(error.data)}' cannot be a name`,
        hint: "use letters, digits, '_' and '-', and begin with a letter",
        location: file.at(locate(tree, [...path, String(error.data)]).keySpan),
      };
    }
    case 'propertyNames':
      // The error of the pattern has the better message.
      return undefined;
    case 'minItems':
      return { code: 'empty', message: `${what} is empty`, ...hint, location: file.at(valueSpan) };
    case 'minimum':
    case 'maximum':
      return {
        code: 'out-of-range',
        message: `${what} must be at ${error.keyword === 'minimum' ? 'least' : 'most'} ${String(params['limit'])}`,
        ...hint,
        location: file.at(valueSpan),
      };
    default:
      return {
        code: 'schema',
        message: `${what} ${error.message ?? ''}`,
        ...hint,
        location: file.at(valueSpan),
      };
  }
}

/** `stage 'train'`, `the retries of stage 'train'`: the place of a key, in messages. */
function owner(path: readonly string[]): string {
  const name = nameAt(path);
  return name.startsWith("'") ? `the ${path.at(-1)} of ${owner(path.slice(0, -1))}` : name;
}

function unknownKeyHint(key: string, known: readonly string[], path: readonly string[]): string {
  if (key === '<<') return 'flow does not merge keys: write them out, or use params or a matrix';
  if (key === 'name' && path[0] === 'stages') return 'remove it: the name of a stage is its key';
  const close = nearest(key, known);
  return (
    (close === undefined ? meantBy(key, known, path) : undefined) ?? suggest(key, known, 'keys')
  );
}

/** Repeats the value if only the brackets of a list are missing. */
function hintFor(
  path: readonly string[],
  wanted: readonly string[],
  value: unknown,
  form: string | undefined,
): { readonly hint?: string } {
  const key = path.at(-1) ?? '';
  if (typeof value === 'string' && wanted[0] === 'array' && key !== 'cmd') {
    const dashed = /^-\S/.test(value);
    if (dashed) return { hint: `write '- ${value.slice(1)}', with a space after the dash` };
    if (/^[\w./@*${}-]+$/.test(value)) return { hint: `write ${key}: [${value}]` };
  }
  return form === undefined ? {} : { hint: form };
}

function versionHint(value: unknown): string {
  if (value === '1') return 'write version: 1, without quotes';
  return typeof value === 'number' && value > 1
    ? 'write version: 1, or install a newer flow if the file is written for one'
    : 'write version: 1';
}

export function locate(tree: Tree, path: readonly string[]): { keySpan: Span; valueSpan: Span } {
  let keySpan: Span = { start: tree.span.start, end: tree.span.start + 1 };
  let at: Tree = tree;
  for (const step of path) {
    if (at.kind === 'map') {
      const entry = at.entries.get(step);
      if (entry === undefined) break;
      keySpan = entry.keySpan;
      at = entry.value;
    } else if (at.kind === 'list') {
      const item = at.items[Number(step)];
      if (item === undefined) break;
      keySpan = item.span;
      at = item;
    }
  }
  return { keySpan, valueSpan: at === tree ? keySpan : at.span };
}

export function kindName(type: string): string {
  const names: Readonly<Record<string, string>> = {
    object: 'a mapping',
    array: 'a list',
    string: 'a string',
    number: 'a number',
    integer: 'an integer',
    boolean: 'true or false',
    null: 'empty',
  };
  return names[type] ?? type;
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return `the string '${shortened(value)}'`;
  return `${String(value)}`;
}

/** A whole file is one string if it is not the YAML that is expected. */
function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

export function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
