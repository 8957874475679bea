import type { Json } from '../../core/json.ts';
import { nearest, suggest } from '../nearest.ts';
import { misfit } from './param-types.ts';
import type { Problems } from './problems.ts';
import type { ParamSpec, Place } from '../spec.ts';
import { parseTemplate, wholeName } from './template.ts';

// Params that refer to other params: a default that is the value of another param, and a list whose items
// must be items of another list.

/** `x` of a default that is written `${x}`; `x.y` and `x.0` are a key and an item. */
export function linkOf(value: Json): string | undefined {
  const template = typeof value === 'string' ? parseTemplate(value) : undefined;
  return template?.ok === true ? wholeName(template.parts) : undefined;
}

/** Where a value was set. Without a place: `what` is the argument, for the message. */
export interface Origin {
  readonly place?: Place;
  readonly what: string;
}

export class ParamLinks {
  readonly #params: ReadonlyMap<string, ParamSpec>;
  readonly #values: Map<string, Json>;
  readonly #set: ReadonlyMap<string, Origin>;
  readonly #problems: Problems;
  /** A param with the whole value of another one -> the one in which a person wrote that value. */
  readonly #taken = new Map<string, string>();

  /** @param set the params that have another value than their default */
  constructor(
    params: ReadonlyMap<string, ParamSpec>,
    values: Map<string, Json>,
    set: ReadonlyMap<string, Origin>,
    problems: Problems,
  ) {
    this.#params = params;
    this.#values = values;
    this.#set = set;
    this.#problems = problems;
  }

  /** The value of a param, through its default if that is a link; undefined after a diagnostic. */
  value(name: string, trail: readonly string[] = []): Json | undefined {
    const value = this.#values.get(name);
    const link = this.#set.has(name) || value === undefined ? undefined : linkOf(value);
    const param = this.#params.get(name);
    if (link === undefined || param === undefined) return value;
    if (trail.includes(name)) {
      const cycle = [...trail.slice(trail.indexOf(name)), name].join(' → ');
      const message = `the defaults of params refer to each other: ${cycle}`;
      this.#problems.at(param.place, 'param-cycle', message, 'give one of them a value');
      return undefined;
    }
    const [base, ...steps] = link.split('.') as [string, ...string[]];
    if (!this.#params.has(base)) {
      const message = `the default of '${name}' is the value of '${base}', which is not a param`;
      const hint = suggest(base, this.#params.keys(), 'params');
      this.#problems.at(param.place, 'unknown-param', message, hint);
      return undefined;
    }
    let found = this.value(base, [...trail, name]);
    for (const step of steps) {
      found = (found as Readonly<Record<string, Json>> | null | undefined)?.[step];
    }
    if (steps.length === 0) this.#taken.set(name, this.#taken.get(base) ?? base);
    if (found !== undefined) return this.#fitting(param, link, found);
    if (this.#problems.all.length > 0) return undefined;
    const message = `the default of '${name}' is \${${link}}, which has no value`;
    this.#problems.at(param.place, 'undefined-name', message, `set ${name}, or ${base}`);
    return undefined;
  }

  /** Puts the linked values in place of the links, and checks all `of:`. */
  settle(): void {
    this.#taken.clear();
    for (const name of this.#params.keys()) {
      const value = this.value(name);
      if (value !== undefined) this.#values.set(name, value);
    }
    for (const param of this.#params.values()) this.#checkItems(param);
  }

  #fitting(param: ParamSpec, link: string, value: Json): Json | undefined {
    const why = misfit(param, value);
    if (why === undefined) return value;
    const message = `param '${param.name}' ${why} (the value of '${link}')`;
    this.#problems.at(param.place, 'wrong-type', message, `change the default, or ${link}`);
    return undefined;
  }

  #checkItems({ name, of }: ParamSpec): void {
    if (of === undefined) return;
    const link = linkOf(of.value);
    const known = link === undefined ? undefined : this.#values.get(link);
    if (!Array.isArray(known)) {
      const message = `'of' of param '${name}' is ${of.value}, which is not a list param`;
      this.#problems.at(of.place, 'undefined-name', message, "write of: '${PARAM}'");
      return;
    }
    const value = this.#values.get(name);
    const items = (Array.isArray(value) ? value : [value]) as readonly Json[];
    const from = this.#taken.get(name) ?? name;
    const set = this.#set.get(from);
    for (const item of items) {
      if (item === null || known.includes(item)) continue;
      const message = `param '${from}' has '${String(item)}', which is not among '${link}'${set?.what ?? ''}`;
      const hint = itemHint(String(item), known.map(String), link ?? 'values');
      const at = set === undefined ? (this.#params.get(from) as ParamSpec).place : set.place;
      this.#problems.at(at, 'unknown-value', message, hint);
    }
  }
}

function itemHint(item: string, known: readonly string[], list: string): string {
  if (known.length === 0) return `add '${item}' to '${list}', which is empty`;
  const near = nearest(item, known);
  if (near !== undefined) return `did you mean '${near}'?`;
  return `add '${item}' to '${list}', or choose one of ${known.join(', ')}`;
}
