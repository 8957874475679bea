import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { suggest } from '../nearest.ts';
import { kindName, kindOf, locate, unescapePointer } from './schema.ts';
import type { SourceFile } from '../source-file.ts';
import { plain, type Tree } from './tree.ts';

/** A YAML or JSON file with the places of its values. */
export interface ReadDocument {
  readonly file: SourceFile;
  readonly tree: Tree;
}

/**
 * Checks a file against a JSON Schema (2020-12) of the project. Each violation becomes a diagnostic with
 * its place in the file; the description of the violated part of the schema is the hint.
 */
export function checkDocument(document: ReadDocument, schema: ReadDocument): readonly Diagnostic[] {
  // A schema of a project may have keywords for editors.
  const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true, logger: false });
  let validate;
  try {
    validate = ajv.compile(plain(schema.tree) as object);
  } catch (error) {
    const message = `${schema.file.name} is not a JSON Schema: ${(error as Error).message}`;
    return [{ code: 'bad-schema', message, location: schema.file.at({ start: 0, end: 1 }) }];
  }
  if (validate(plain(document.tree))) return [];
  const found = new Map<string, Diagnostic>();
  for (const error of validate.errors ?? []) {
    const diagnostic = describe(error, document);
    if (diagnostic === undefined) continue;
    const { line, column } = diagnostic.location ?? {};
    found.set(`${line}:${column}:${diagnostic.message}`, diagnostic);
  }
  return [...found.values()];
}

function describe(error: ErrorObject, { tree, file }: ReadDocument): Diagnostic | undefined {
  const steps = error.instancePath.split('/').slice(1).map(unescapePointer);
  const { keySpan, valueSpan } = locate(tree, steps);
  const what = nameOf(steps);
  const params = error.params as Readonly<Record<string, unknown>>;
  const parent = (error.parentSchema ?? {}) as {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  };
  const hint = parent.description === undefined ? {} : { hint: parent.description };
  const at = (
    code: string,
    message: string,
    span = valueSpan,
    more: object = hint,
  ): Diagnostic => ({
    code,
    message,
    ...more,
    location: file.at(span),
  });
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(params[error.keyword.replace('Properties', 'Property')]);
      const span = locate(tree, [...steps, key]).keySpan;
      const known = Object.keys(parent.properties ?? {});
      return at('unknown-key', `unknown key '${key}' in ${what}`, span, {
        hint: suggest(key, known, 'keys'),
      });
    }
    case 'required': {
      const key = String(params['missingProperty']);
      const about = parent.properties?.[key]?.description;
      return at('missing-key', `${what} has no '${key}'`, keySpan, {
        hint: `add ${key}:${about === undefined ? '' : ` (${about})`}`,
      });
    }
    case 'dependentRequired': {
      const message = `'${String(params['property'])}' also needs '${String(params['missingProperty'])}'`;
      return at('missing-key', message, keySpan);
    }
    case 'type': {
      const types = [params['type']].flat().map(String).map(kindName).join(' or ');
      return at('wrong-type', `${what} must be ${types}, not ${kindOf(error.data)}`);
    }
    case 'enum': {
      const allowed = (params['allowedValues'] as readonly unknown[]).map(String);
      const message = `${what} must be one of ${allowed.join(', ')}, not ${kindOf(error.data)}`;
      return at('wrong-value', message, valueSpan, {
        hint: suggest(String(error.data), allowed, 'values'),
      });
    }
    case 'const': {
      return at('wrong-value', `${what} must be ${JSON.stringify(params['allowedValue'])}, not ${kindOf(error.data)}`); // prettier-ignore
    }
    case 'pattern': {
      // The name of a key violates it at the mapping that has the key.
      const key = error.propertyName;
      if (key === undefined)
        return at('bad-name', `'${String(error.data)}' is not a valid ${what}`);
      const span = locate(tree, [...steps, key]).keySpan;
      return at('bad-name', `'${key}' cannot be a key of ${what}`, span);
    }
    case 'minItems':
    case 'minProperties':
      return at('schema', `${what} has ${size(error.data)}, but needs at least ${String(params['limit'])}`); // prettier-ignore
    case 'maxItems':
    case 'maxProperties':
      return at('schema', `${what} has ${size(error.data)}, but at most ${String(params['limit'])} are possible`); // prettier-ignore
    case 'uniqueItems': {
      const [first, second] = [Number(params['j']) + 1, Number(params['i']) + 1].sort((a, b) => a - b); // prettier-ignore
      return at('schema', `${what} has the same item twice: items ${first} and ${second}`);
    }
    case 'not':
      return at('schema', `${what} has a form that the schema excludes`, keySpan);
    case 'propertyNames':
    case 'if':
      // The errors inside have the better messages.
      return undefined;
    default:
      return at('schema', `${what} ${error.message ?? 'violates the schema'}`);
  }
}

function size(value: unknown): string {
  const count = Object.keys(value as object).length;
  const [one, many] = Array.isArray(value) ? ['item', 'items'] : ['key', 'keys'];
  return `${count} ${count === 1 ? one : many}`;
}

/** `'tasks.topic.files'`: the place in the file, in messages. */
function nameOf(steps: readonly string[]): string {
  return steps.length === 0 ? 'the file' : `'${steps.join('.')}'`;
}
