import { isJsonObject } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import { suggest } from '../nearest.ts';
import { ParamLinks, type Origin } from './param-links.ts';
import { misfit } from './param-types.ts';
import {
  leafType,
  mergeValue,
  nullable,
  readOverrideValue,
  splitOverride,
} from './parse-override.ts';
import type { Problems } from './problems.ts';
import { settingOf } from './read-document.ts';
import { SourceFile } from '../source-file.ts';
import type { ParamSpec, PipelineSpec, Place, Placed } from '../spec.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';

export interface Overrides {
  /** In order: a later one wins. */
  readonly profiles: readonly string[];
  /** In order. */
  readonly paramsFiles: readonly { readonly name: string; readonly text: string }[];
  /** The arguments of -p, in order. */
  readonly set: readonly string[];
}

export type Params = ReadonlyMap<string, Json>;

export interface ResolvedParams {
  readonly values: Params;
  /** The origin of the last value, for the user. Params with default values are missing. */
  readonly origins: Readonly<Record<string, string>>;
  /** Where the values were set that are no default values, for diagnostics. */
  readonly places: ReadonlyMap<string, Origin>;
}

/** Applies the overrides in this order: file, profiles, params files, -p. */
export function resolveParams(
  spec: PipelineSpec,
  overrides: Overrides,
  problems: Problems,
): ResolvedParams {
  const values = new Map([...spec.params].map(([name, param]) => [name, param.default]));
  const origins: Record<string, string> = {};
  const places = new Map<string, Origin>();
  const links = new ParamLinks(spec.params, values, places, problems);
  let origin = '';
  const put = (name: string, value: Json, place: Place | undefined, what: string): void => {
    const param = spec.params.get(name);
    if (param === undefined) {
      unknown(name, what, spec, problems, place);
      return;
    }
    const merged = mergeValue(links.value(name), value);
    const why = misfit(param, merged);
    if (why === undefined) {
      values.set(name, merged);
      origins[name] = origin;
      places.set(name, { ...(place === undefined ? {} : { place }), what });
    } else {
      report(
        problems,
        place,
        'wrong-type',
        `param '${name}' ${why}${what}`,
        hintFor(param, merged, place === undefined ? '-p ' : ''),
      );
    }
  };
  const putAll = (from: ReadonlyMap<string, Placed<Json>>): void => {
    for (const [name, { value, place }] of from) {
      const [base, ...leaf] = name.split('.') as [string, ...string[]];
      put(base, nest(leaf, value), place, '');
    }
  };

  for (const name of overrides.profiles) {
    const profile = spec.profiles.get(name);
    if (profile === undefined) {
      problems.add({
        code: 'unknown-profile',
        message: `there is no profile '${name}'`,
        hint: suggest(name, spec.profiles.keys(), 'profiles'),
      });
    } else {
      origin = `profile ${name}`;
      for (const { values: part } of profile) putAll(part);
    }
  }
  for (const file of overrides.paramsFiles) {
    origin = file.name;
    putAll(readParamsFile(file, problems));
  }
  origin = '-p';
  for (const text of overrides.set) putArgument(text, spec, links, put, problems);
  links.settle();
  return { values, origins, places };
}

function putArgument(
  text: string,
  spec: PipelineSpec,
  links: ParamLinks,
  put: (name: string, value: Json, place: undefined, what: string) => void,
  problems: Problems,
): void {
  const what = ` (-p ${text})`;
  const override = splitOverride(text);
  if (override === undefined) {
    problems.add({
      code: 'bad-override',
      message: `cannot read '-p ${text}'`,
      hint: 'write -p NAME=VALUE, -p LIST=1,2,3, -p LIST+=4 or -p MAP.key=VALUE',
    });
    return;
  }
  const param = spec.params.get(override.name);
  if (param === undefined) {
    unknown(override.name, what, spec, problems, undefined);
    return;
  }
  const old = links.value(override.name) ?? null;
  const leaf = leafOf(old, override.leaf);
  if (leaf.missing !== undefined) {
    problems.add({
      code: 'unknown-param',
      message: `param '${override.name}' has no key '${leaf.missing}'${what}`,
      hint: suggest(leaf.missing, leaf.known, 'keys'),
    });
    return;
  }
  if (override.append && !Array.isArray(leaf.value)) {
    problems.add({
      code: 'wrong-type',
      message: `cannot append to '${override.name}', which is not a list${what}`,
      hint: `write -p ${[override.name, ...override.leaf].join('.')}=${override.value}`,
    });
    return;
  }
  const type = override.leaf.length > 0 ? leafType(leaf.value) : param.type;
  if (!/^(string|path)/.test(type)) {
    problems.numbers.learnArgument([override.name, ...override.leaf].join('.'), override.value);
  }
  try {
    const read = readOverrideValue(
      override.value,
      listType(type, override.append),
      nullable(param),
    );
    const value = override.append ? [...(leaf.value as readonly Json[]), ...asList(read)] : read;
    put(override.name, nest(override.leaf, value), undefined, what);
  } catch (error) {
    const hint = hintFor(param, override.value, '-p ');
    problems.add({ code: 'wrong-type', message: `${(error as Error).message}${what}`, hint });
  }
}

/** The nearest allowed value; else the type and the default. `option`: `-p ` for an argument. */
function hintFor(
  { name, type, enum: known, default: standard }: ParamSpec,
  value: Json,
  option: string,
): string {
  if (known) return suggest(String(value), known.map(String), 'values');
  const meant = type.startsWith('boolean') ? booleansOf(value) : undefined;
  if (meant !== undefined) {
    if (option !== '') return `write ${option}${name}=${meant.join(',')}`;
    return `write ${name}: ${type.endsWith('[]') ? `[${meant.join(', ')}]` : meant.join()}`;
  }
  return `${name} is of type ${type}; its default is ${JSON.stringify(standard)}`;
}

/** `on`, `Yes`, `1` and the like, as other tools write booleans; undefined for other values. */
function booleansOf(value: Json): readonly boolean[] | undefined {
  const words = typeof value === 'string' ? value.split(',') : asList(value);
  const meant = words.map((word) => {
    const text = String(word).trim();
    return /^(?:true|on|yes|y|1)$/i.test(text)
      ? true
      : /^(?:false|off|no|n|0)$/i.test(text)
        ? false
        : undefined;
  });
  return meant.every((one) => one !== undefined) && meant.length > 0 ? meant : undefined;
}

function leafOf(
  value: Json,
  path: readonly string[],
): { readonly value?: Json; readonly missing?: string; readonly known: readonly string[] } {
  let at: Json | undefined = value;
  for (const step of path) {
    if (!isJsonObject(at)) return { missing: step, known: [] };
    if (!Object.hasOwn(at, step)) return { missing: step, known: Object.keys(at) };
    at = at[step];
  }
  return { value: at as Json, known: [] };
}

function readParamsFile(
  { name, text }: { readonly name: string; readonly text: string },
  problems: Problems,
): ReadonlyMap<string, Placed<Json>> {
  const file = new SourceFile(name, text);
  const { tree, diagnostics } = parseYaml(file);
  for (const diagnostic of diagnostics) problems.add(diagnostic);
  if (tree === undefined || (tree.kind === 'scalar' && tree.value === null)) return new Map();
  if (tree.kind !== 'map') {
    const place = { file, span: { start: 0, end: 1 } };
    const message = 'a params file must be a mapping of names to values';
    problems.at(place, 'wrong-type', message, 'write NAME: VALUE, one per line');
    return new Map();
  }
  return new Map([...tree.entries.values()].map((e) => [e.key, settingOf(e, file, problems)]));
}

function unknown(
  name: string,
  what: string,
  spec: PipelineSpec,
  problems: Problems,
  place: Place | undefined,
): void {
  const hint = suggest(name, spec.params.keys(), 'params');
  report(problems, place, 'unknown-param', `there is no param '${name}'${what}`, hint);
}

function report(
  problems: Problems,
  place: Place | undefined,
  code: string,
  message: string,
  hint: string,
): void {
  if (place !== undefined) problems.at(place, code, message, hint);
  else problems.add({ code, message, hint });
}

function nest(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
}

function listType(type: ParamSpec['type'] | string, append: boolean): string {
  return append && !type.endsWith('[]') ? 'any[]' : type;
}

function asList(value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}
