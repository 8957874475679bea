import type { Json } from '../../core/json.ts';
import { nearest, suggest } from '../nearest.ts';
import { linkOf } from './param-links.ts';
import { inferType, misfit, PARAM_TYPES } from './param-types.ts';
import type { Problems } from './problems.ts';
import type { SourceFile } from '../source-file.ts';
import type { ParamSpec, ParamType, Place, Placed } from '../spec.ts';
import { plain, type Entry } from '../yaml/tree.ts';

/** The declaration of a param in one file. An including file can omit members and inherits them. */
export interface ParamDeclaration {
  readonly name: string;
  readonly place: Place;
  readonly valuePlace: Place;
  readonly default?: Json;
  /** The type of the default as it is written. */
  readonly inferred?: ParamType;
  readonly type?: ParamType;
  readonly enum?: readonly Json[];
  readonly min?: number;
  readonly max?: number;
  readonly description?: string;
  readonly of?: Placed<string>;
  readonly schema?: Placed<string>;
}

const FIELDS = ['default', 'type', 'enum', 'min', 'max', 'description', 'of', 'schema'];

/** `NAME: VALUE`, or `NAME: { default, type, enum, min, max, description }`. */
export function readParam(
  { key, keySpan, value }: Entry,
  file: SourceFile,
  problems: Problems,
): ParamDeclaration | undefined {
  const place = { file, span: keySpan };
  if (value.kind !== 'map') {
    const valuePlace = { file, span: value.span };
    problems.numbers.learn(key, value, file);
    return {
      name: key,
      place,
      valuePlace,
      default: plain(value),
      inferred: linkOf(plain(value)) === undefined ? inferType(value) : 'any',
    };
  }
  let sound = true;
  const wrong = (at: Place, code: string, message: string, hint: string): void => {
    problems.at(at, code, message, hint);
    sound = false;
  };
  for (const entry of value.entries.values()) {
    if (FIELDS.includes(entry.key)) continue;
    wrong(
      { file, span: entry.keySpan },
      'unknown-key',
      `unknown key '${entry.key}' in param '${key}'`,
      value.entries.has('default') || nearest(entry.key, FIELDS) !== undefined
        ? suggest(entry.key, FIELDS, 'keys')
        : `if the value is a mapping, write ${key}: { default: {…}, type: object }`,
    );
  }
  const field = (name: string): Json | undefined => {
    const entry = value.entries.get(name);
    return entry === undefined ? undefined : plain(entry.value);
  };
  const placeOf = (name: string): Place => ({
    file,
    span: value.entries.get(name)?.value.span ?? keySpan,
  });
  const type = field('type');
  if (type !== undefined && !(typeof type === 'string' && PARAM_TYPES.includes(type))) {
    const written = typeof type === 'string' ? `'${type}'` : JSON.stringify(type);
    wrong(placeOf('type'), 'unknown-type', `${written} is not a type of a param`, typeHint(type));
  }
  for (const name of ['min', 'max']) {
    const limit = field(name);
    if (limit !== undefined && typeof limit !== 'number') {
      wrong(placeOf(name), 'wrong-type', `'${name}' must be a number`, `write ${name}: 4`);
    }
  }
  const allowed = field('enum');
  if (allowed !== undefined && (!Array.isArray(allowed) || allowed.length === 0)) {
    wrong(placeOf('enum'), 'wrong-type', `'enum' must be a list of the allowed values`, 'write enum: [a, b]'); // prettier-ignore
  }
  const schema = field('schema');
  if (schema !== undefined && typeof schema !== 'string') {
    const hint = 'write schema: ./schema/NAME.schema.json';
    wrong(placeOf('schema'), 'wrong-type', "'schema' must be the path of a JSON Schema", hint);
  }
  const of = field('of');
  if (of !== undefined && typeof of !== 'string') {
    wrong(placeOf('of'), 'wrong-type', "'of' must name a list param", "write of: '${PARAM}'");
  }
  const written = value.entries.get('default');
  if (!sound) {
    // Stages that read it have no mistake.
    return (
      written && {
        name: key,
        place,
        valuePlace: placeOf('default'),
        default: plain(written.value),
        inferred: inferType(written.value),
      }
    );
  }
  const description = field('description');
  if (written !== undefined) problems.numbers.learn(key, written.value, file);
  const given = {
    default: field('default'),
    inferred:
      written === undefined
        ? undefined
        : linkOf(plain(written.value)) === undefined
          ? inferType(written.value)
          : 'any',
    type: type as ParamType | undefined,
    enum: allowed as readonly Json[] | undefined,
    min: field('min') as number | undefined,
    max: field('max') as number | undefined,
    description: description === undefined ? undefined : String(description as string),
    of: of === undefined ? undefined : { value: of as string, place: placeOf('of') },
    schema:
      schema === undefined ? undefined : { value: schema as string, place: placeOf('schema') },
  };
  const declared = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
  return { name: key, place, valuePlace: placeOf('default'), ...declared };
}

/** Recognises `int`, `[integer]` and `list of text`. */
function typeHint(type: Json): string {
  const [item] = Array.isArray(type) ? (type as readonly Json[]) : [];
  if (typeof item === 'string' && PARAM_TYPES.includes(`${item}[]`))
    return `write type: "${item}[]"`;
  const meant =
    TYPES_ELSEWHERE[
      String(type)
        .toLowerCase()
        .replace(/(?:\[\])?$/, '')
    ];
  return meant === undefined
    ? suggest(String(type), PARAM_TYPES, 'types')
    : `did you mean '${meant}${String(type).endsWith('[]') ? '[]' : ''}'?`;
}

const TYPES_ELSEWHERE: Readonly<Record<string, string>> = {
  int: 'integer',
  float: 'number',
  double: 'number',
  bool: 'boolean',
  str: 'string',
  text: 'string',
  file: 'path',
  dict: 'object',
  mapping: 'object',
  map: 'object',
};

/** The hint for a default that does not fit the other members. */
function defaultHint({ type, default: value, enum: allowed, min, max }: ParamSpec): string {
  if (type === 'boolean') return 'write true or false: YAML reads yes, no, on and off as strings';
  if (Array.isArray(value) && !type.endsWith('[]')) return `write type: "${type}[]" for a list`;
  if (type.endsWith('[]') && !Array.isArray(value)) return `write default: [${String(value)}]`;
  const limits = [
    ...(allowed === undefined ? [] : ['enum']),
    ...(min === undefined ? [] : ['min']),
    ...(max === undefined ? [] : ['max']),
  ];
  return `change the default or the ${limits.length > 0 ? limits.join(' and ') : 'type'}`;
}

/** The complete param: the members of the including file replace those of the included file. */
export function settleParam(
  declarations: readonly ParamDeclaration[],
  problems: Problems,
): ParamSpec | undefined {
  const { inferred = 'any', ...merged } = Object.assign({}, ...declarations) as ParamDeclaration;
  if (merged.default === undefined) {
    const message = `param '${merged.name}' has no default`;
    problems.at(merged.place, 'missing-key', message, 'add default: VALUE, or default: null');
    return undefined;
  }
  const spec: ParamSpec = {
    ...merged,
    default: merged.default,
    type: merged.type ?? inferred,
  };
  const unfit = schemaMisfit(spec);
  if (unfit !== undefined) {
    problems.at(spec.schema?.place ?? spec.place, 'wrong-type', unfit, 'write type: path');
    return undefined;
  }
  // The value behind a link is checked when it is known.
  const why = linkOf(spec.default) === undefined ? misfit(spec, spec.default) : undefined;
  if (why !== undefined) {
    problems.at(merged.valuePlace, 'wrong-type', `param '${spec.name}' ${why}`, defaultHint(spec));
    return undefined;
  }
  return spec;
}

/** A schema is for the one file that a param of type path names. */
function schemaMisfit({ name, type, schema }: ParamSpec): string | undefined {
  return schema === undefined || type === 'path'
    ? undefined
    : `param '${name}' has a schema, but its type is ${type}`;
}
