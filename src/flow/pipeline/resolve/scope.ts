import { isJsonObject } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import type { Axes, AxisValue } from '../dag.ts';
import { suggest } from '../nearest.ts';
import type { Problems } from '../read/problems.ts';
import type { Params } from '../read/resolve-params.ts';
import type { Placed, Place } from '../spec.ts';
import { parseTemplate, wholeName, type TemplatePart } from '../read/template.ts';

/** The names for `${}` in one instance: its axes and all params. */
export class Scope {
  readonly axes: Axes;
  /** The params, or keys of them, that were asked for by now. */
  readonly used = new Map<string, Json>();
  readonly #params: Params;
  readonly #problems: Problems;

  constructor(axes: Axes, params: Params, problems: Problems) {
    this.axes = axes;
    this.#params = params;
    this.#problems = problems;
  }

  /** `x` or `map.key`; undefined if there is none. */
  lookup(name: string): Json | undefined {
    if (Object.hasOwn(this.axes, name)) return this.axes[name];
    const [base, ...rest] = name.split('.') as [string, ...string[]];
    let value = this.#params.get(base);
    for (const key of rest) {
      value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    }
    return value;
  }

  /** The value of a name that must exist; otherwise adds a diagnostic and returns undefined. */
  require(
    name: string,
    place: Place,
    extra: readonly string[] = [],
    hint = this.nearestName(name, extra),
  ): Json | undefined {
    const value = this.lookup(name);
    if (value !== undefined) {
      if (!Object.hasOwn(this.axes, name)) this.used.set(name, value);
      return value;
    }
    const message = `'${name}' is not an axis or a param`;
    this.#problems.at(place, 'undefined-name', message, hint);
    return undefined;
  }

  /**
   * For a key of a mapping, the keys of the mapping; else all names, and the symbols of the stage.
   */
  nearestName(name: string, extra: readonly string[]): string {
    const [base = '', ...rest] = name.split('.');
    const mapping = this.lookup(base);
    if (rest.length > 0 && isJsonObject(mapping)) {
      const keys = Object.keys(mapping).map((key) => `${base}.${key}`);
      return suggest(name, keys, `keys of '${base}'`);
    }
    const known = [...Object.keys(this.axes), ...this.#params.keys(), ...extra];
    const hint = suggest(name, known, 'names');
    return rest.length > 0 && !hint.startsWith('did you mean')
      ? `${hint}; for an output of a stage or a probe write inputs: { x: ${name} }, and \${inputs.x} in the command`
      : hint;
  }

  /** The parts of a string; undefined after a diagnostic if `${` is used wrongly. */
  parts(text: Placed<string>): readonly TemplatePart[] | undefined {
    if (!text.value.includes('${')) return [text.value];
    const template = parseTemplate(text.value);
    if (template.ok) return template.parts;
    this.#problems.at(text.place, 'bad-template', template.message, template.hint);
    return undefined;
  }

  /** A string with all values filled in; a whole-string `${x}` keeps its type. */
  value(text: Placed<string>): Json | undefined {
    const parts = this.parts(text);
    if (parts === undefined) return undefined;
    const whole = wholeName(parts);
    if (whole !== undefined) return this.require(whole, this.placeOf(parts[0], text));
    return this.#joined(parts, text);
  }

  /** A string with all values filled in as text; a list, mapping or empty value is an error. */
  string(text: Placed<string>): string | undefined {
    const parts = this.parts(text);
    return parts === undefined ? undefined : this.#joined(parts, text);
  }

  /**
   * @param extra further names that the user could have meant
   * @param hint for a name that does not exist
   */
  scalarText(
    part: Exclude<TemplatePart, string>,
    text: Placed<string>,
    extra: readonly string[] = [],
    hint?: string,
  ): string | undefined {
    const place = this.placeOf(part, text);
    const value = this.require(part.name, place, extra, hint);
    if (value === undefined) return undefined;
    if (value === null || typeof value === 'object') {
      const kind = value === null ? 'empty' : Array.isArray(value) ? 'a list' : 'a mapping';
      const hint =
        Array.isArray(value) || value === null
          ? 'use the list as a whole word of cmd, where it becomes several words; elsewhere make it an axis'
          : `choose one of its keys: \${${part.name}.KEY}`;
      this.#problems.at(place, 'not-a-text', `'${part.name}' is ${kind}, not a single value`, hint);
      return undefined;
    }
    return this.asText(part.name, value);
  }

  /** A value as a part of a command, a path or a name. */
  asText(name: string, value: AxisValue): string {
    if (typeof value === 'number') this.#problems.numbers.useAsText(name, value);
    return String(value);
  }

  /**
   * The place of a part of a string. If quoting or folding moves it, the place of the whole string.
   */
  placeOf(part: TemplatePart | undefined, text: Placed<string>): Place {
    if (typeof part !== 'object') return text.place;
    const { file, span } = text.place;
    const written = file.text.indexOf(text.value.slice(part.start, part.end), span.start);
    return written === -1 || written >= span.end
      ? text.place
      : { file, span: { start: written, end: written + part.end - part.start } };
  }

  #joined(parts: readonly TemplatePart[], text: Placed<string>): string | undefined {
    let joined = '';
    for (const part of parts) {
      const piece = typeof part === 'string' ? part : this.scalarText(part, text);
      if (piece === undefined) return undefined;
      joined += piece;
    }
    return joined;
  }
}

export function isAxisValue(value: Json): value is AxisValue {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
