import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import pipelineSchema from '../../../schema/pipeline.schema.json' with { type: 'json' };
import type { Diagnostic } from '../core/diagnostic.ts';
import { suggest } from './nearest.ts';
import type { SourceFile, Span } from './source-file.ts';
import { plain, type Tree } from './yaml-tree.ts';

/** Holds a document against the JSON Schema; each violation becomes a diagnostic where it stands. */
export function checkSchema(tree: Tree, file: SourceFile): readonly Diagnostic[] {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true });
  const validate = ajv.compile(pipelineSchema);
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
  const name = path.at(-1);
  const what = name === undefined ? 'a pipeline' : `'${name}'`;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
      const { keySpan: span } = locate(tree, [...path, key]);
      return {
        code: 'unknown-key',
        message: `unknown key '${key}' in ${place(path)}`,
        hint: suggest(key, known, 'keys'),
        location: file.at(span),
      };
    }
    case 'required':
      return {
        code: 'missing-key',
        message: `${what} lacks '${String(params['missingProperty'])}'`,
        ...(path.length === 0 ? { hint: "begin the file with 'version: 1'" } : {}),
        location: file.at(keySpan),
      };
    case 'dependentRequired':
      return {
        code: 'missing-key',
        message: `'${String(params['property'])}' needs '${String(params['missingProperty'])}' beside it`,
        location: file.at(keySpan),
      };
    case 'type': {
      const wanted = (
        Array.isArray(params['type']) ? params['type'] : [params['type']]
      ) as string[];
      return {
        code: 'wrong-type',
        message: `${what} must be ${wanted.map(kindName).join(' or ')}, not ${kindOf(error.data)}`,
        location: file.at(valueSpan),
      };
    }
    case 'const':
      return {
        code: 'unknown-version',
        message: `${what} must be ${JSON.stringify(params['allowedValue'])}`,
        location: file.at(valueSpan),
      };
    case 'pattern': {
      return {
        code: 'bad-name',
        message: `'${String(error.data)}' cannot be a name`,
        hint: "letters, digits, '_' and '-', beginning with a letter",
        location: file.at(locate(tree, [...path, String(error.data)]).keySpan),
      };
    }
    case 'propertyNames':
      // The pattern's own error says it better.
      return undefined;
    case 'minItems':
      return { code: 'empty', message: `${what} is empty`, location: file.at(valueSpan) };
    case 'minimum':
      return {
        code: 'out-of-range',
        message: `${what} must be at least ${String(params['limit'])}`,
        location: file.at(valueSpan),
      };
    default:
      return {
        code: 'schema',
        message: `${what} ${error.message ?? ''}`,
        location: file.at(valueSpan),
      };
  }
}

/** `stage 'train'`, `the inputs of stage 'train'`: where a key stands, as a person would say it. */
function place(path: readonly string[]): string {
  const [section, name, ...rest] = path;
  if (section === undefined) return 'a pipeline';
  const singular: Readonly<Record<string, string>> = {
    stages: 'stage',
    probes: 'probe',
    params: 'param',
  };
  const owner = name === undefined ? `'${section}'` : `${singular[section] ?? section} '${name}'`;
  if (rest.length === 0) return owner;
  return rest.length === 1 ? `the ${rest[0]} of ${owner}` : `'${rest.at(-1)}' of ${owner}`;
}

function locate(tree: Tree, path: readonly string[]): { keySpan: Span; valueSpan: Span } {
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

function kindName(type: string): string {
  const names: Readonly<Record<string, string>> = {
    object: 'a mapping',
    array: 'a list',
    string: 'text',
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
  if (typeof value === 'string') return `the text '${value}'`;
  return `${String(value)}`;
}

function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
