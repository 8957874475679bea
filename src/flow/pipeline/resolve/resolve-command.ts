import type { Json } from '../../core/json.ts';
import { shellQuote } from '../../core/names.ts';
import type { AxisValue, Command, Input, Part, Word } from '../dag.ts';
import { suggest } from '../nearest.ts';
import type { Problems } from '../read/problems.ts';
import { pathBelow } from '../project-path.ts';
import type { Scope } from './scope.ts';
import type { CommandSpec, Placed, StageSpec } from '../spec.ts';
import { wholeName, type TemplatePart } from '../read/template.ts';

/** Fills params and axes into a command; inputs and outputs stay symbolic. */
export function resolveCommand(
  stage: StageSpec,
  inputs: readonly Input[],
  scope: Scope,
  problems: Problems,
): Command | undefined {
  const resolver = new CommandResolver(stage, inputs, scope, problems);
  const spec: CommandSpec = stage.command;
  switch (spec.kind) {
    case 'ts':
    case 'py':
      return resolver.entry(spec.kind, spec.entry);
    case 'cmd':
      return resolver.argv(spec.argv);
    case 'sh':
      return resolver.script(spec.script);
  }
}

class CommandResolver {
  readonly #stage: StageSpec;
  readonly #inputs: readonly Input[];
  readonly #scope: Scope;
  readonly #problems: Problems;

  constructor(stage: StageSpec, inputs: readonly Input[], scope: Scope, problems: Problems) {
    this.#stage = stage;
    this.#inputs = inputs;
    this.#scope = scope;
    this.#problems = problems;
  }

  entry(kind: 'ts' | 'py', text: Placed<string>): Command | undefined {
    const written = this.#scope.string(text);
    if (written === undefined) return undefined;
    const entry = pathBelow(written);
    if (entry === undefined) {
      const message = `'${written}' is outside the project`;
      const hint = `write the path of a file from the project's root: ${kind}: stages/x.${kind}`;
      this.#problems.at(text.place, 'outside-root', message, hint);
      return undefined;
    }
    return { kind, entry };
  }

  argv(texts: readonly Placed<string>[]): Command | undefined {
    const words = texts.map((text) => this.#words(text));
    if (words.includes(undefined)) return undefined;
    return { kind: 'cmd', argv: words.flatMap((word) => word as readonly Word[]) };
  }

  script(text: Placed<string>): Command | undefined {
    const parts = this.#scope.parts(text);
    if (parts === undefined) return undefined;
    const resolved = parts.map((part) => this.#scriptPart(part, text));
    return resolved.includes(undefined)
      ? undefined
      : { kind: 'sh', script: merge(resolved as readonly Part[]) };
  }

  /** One argv element; a list as a whole element becomes several. */
  #words(text: Placed<string>): readonly Word[] | undefined {
    const parts = this.#scope.parts(text);
    if (parts === undefined) return undefined;
    const whole = wholeName(parts);
    if (whole !== undefined) {
      const symbol = this.#symbol(parts[0] as Exclude<TemplatePart, string>, text);
      if (symbol === null) return undefined;
      if (symbol !== undefined) return [[symbol]];
      const value = this.#scope.lookup(whole);
      if (Array.isArray(value) && (value as readonly Json[]).every(isScalar))
        return value.map((item) => this.#scope.asText(whole, item as AxisValue));
    }
    const pieces: Part[] = [];
    for (const part of parts) {
      if (typeof part === 'string') pieces.push(part);
      else {
        const symbol = this.#symbol(part, text, true);
        const piece =
          symbol === undefined
            ? this.#scope.scalarText(part, text, this.#symbols(), this.#shellHint(part, text))
            : symbol;
        if (piece === undefined || piece === null) return undefined;
        pieces.push(piece);
      }
    }
    const merged = merge(pieces);
    return [merged.every((part) => typeof part === 'string') ? merged.join('') : merged];
  }

  /** For a name to which the script gives a value. */
  #shellHint({ name }: Exclude<TemplatePart, string>, text: Placed<string>): string | undefined {
    return setsVariable(text.value, name) ? `for ${shellVariable(name)}` : undefined;
  }

  /** For any other name in a script. */
  #orShellHint({ name }: Exclude<TemplatePart, string>): string | undefined {
    if (!/^\w+$/.test(name)) return undefined;
    const near = this.#scope.nearestName(name, this.#symbols());
    return near.endsWith('?')
      ? `${near} For ${shellVariable(name)}`
      : `${near}; for ${shellVariable(name)}`;
  }

  #symbols(): readonly string[] {
    const { inputs, outputs } = this.#stage;
    return [
      ...[...inputs.keys()].map((name) => `inputs.${name}`),
      ...outputs.map(({ name }) => `outputs.${name}`),
    ];
  }

  #scriptPart(part: TemplatePart, text: Placed<string>): Part | undefined {
    if (typeof part === 'string') return part;
    const symbol = this.#symbol(part, text);
    if (symbol === null) return undefined;
    if (symbol !== undefined) return symbol;
    const value = this.#scope.lookup(part.name);
    if (Array.isArray(value) && (value as readonly Json[]).every(isScalar)) {
      const texts = value.map((item) => this.#scope.asText(part.name, item as AxisValue));
      return texts.map(shellQuote).join(' ');
    }
    const hint = this.#shellHint(part, text) ?? this.#orShellHint(part);
    const scalar = this.#scope.scalarText(part, text, this.#symbols(), hint);
    return scalar === undefined ? undefined : shellQuote(scalar);
  }

  /** `inputs.x` or `outputs.x`; undefined for another name, null after a diagnostic. */
  #symbol(
    part: Exclude<TemplatePart, string>,
    text: Placed<string>,
    inside = false,
  ): { readonly input: string } | { readonly output: string } | undefined | null {
    const [group, name, ...rest] = part.name.split('.');
    if ((group !== 'inputs' && group !== 'outputs') || name === undefined || rest.length > 0) {
      return undefined;
    }
    const known =
      group === 'inputs'
        ? [...this.#stage.inputs.keys()]
        : this.#stage.outputs.map((output) => output.name);
    const place = this.#scope.placeOf(part, text);
    if (!known.includes(name)) {
      const message = `stage '${this.#stage.name}' has no ${group.slice(0, -1)} '${name}'`;
      this.#problems.at(place, 'undefined-name', message, suggest(name, known, group));
      return null;
    }
    if (group === 'outputs') return { output: name };
    const input = this.#inputs.find((candidate) => candidate.name === name);
    if (input === undefined) {
      const message = `input '${name}' does not exist here, because its param is null`;
      this.#problems.at(
        place,
        'not-a-text',
        message,
        'read it in the stage from stage.json, where it can be missing',
      );
      return null;
    }
    if (input.kind === 'collect' && inside) {
      const message = `'${name}' is a list of files, so it must be a separate word`;
      this.#problems.at(
        place,
        'not-a-text',
        message,
        `write it as one word: [PROGRAM, '\${inputs.${name}}']`,
      );
      return null;
    }
    return { input: name };
  }
}

const shellVariable = (name: string): string =>
  `a variable of the shell, write $${name} or $\${${name}}`;

/** `for i in`, `read i`, `i=1`. */
function setsVariable(script: string, name: string): boolean {
  if (!/^\w+$/.test(name)) return false;
  const before = '(?:^|[\\s;(&|{])';
  const words = 'for|read|local|declare|export|readonly|mapfile';
  const pattern = `${before}(?:(?:${words})\\s[^;|&\\n]*?\\b${name}\\b|${name}=)`;
  return new RegExp(pattern).test(script);
}

function isScalar(value: Json): boolean {
  return value !== null && typeof value !== 'object';
}

function merge(parts: readonly Part[]): readonly Part[] {
  const merged: Part[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === 'string' && typeof last === 'string')
      merged[merged.length - 1] = last + part;
    else merged.push(part);
  }
  return merged;
}
