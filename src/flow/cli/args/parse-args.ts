import { parseArgs } from 'node:util';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { suggest } from '../../pipeline/nearest.ts';
import { type Args, argsOf, type Command, type Option } from './command.ts';
import { peerOption } from './peers.ts';

/** Assigns words to a command's options and operands, and reports every mistake. */
export function parseCommandLine(
  command: Command,
  words: readonly string[],
): Result<Args, readonly Diagnostic[]> {
  const byName = new Map(
    command.options.flatMap((option) => namesOf(option).map((name) => [name, option] as const)),
  );
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries([...byName].map(([name, option]) => [name, config(name, option)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const found: Diagnostic[] = [];
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  const wrong = unknownGroups(words, command);
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const group = wrong.get(token.index);
    if (group !== undefined) {
      wrong.set(token.index, null);
      if (group !== null) found.push(group);
      continue;
    }
    const option = byName.get(token.name);
    if (option === undefined) {
      found.push(unknownOption(token.rawName, command));
      continue;
    }
    const problem = misuse(option, token.rawName, token.value, token.inlineValue === true);
    if (problem) {
      found.push(problem);
      continue;
    }
    const earlier = values.get(option.name) ?? [];
    if (option.value !== undefined && option.repeatable !== true && earlier.length > 0) {
      found.push({ code: 'repeated-option', message: `${token.rawName} is given twice` });
    }
    values.set(option.name, [...earlier, token.value ?? '']);
  }
  if (!values.has('help')) found.push(...operandProblems(command, operands));
  if (found.length > 0) return err(found);
  return ok(argsOf(operands, values));
}

/** For options with a fixed list of values. */
export function oneOf<T extends string>(
  option: string,
  value: string | undefined,
  known: readonly T[],
  fallback: T,
): Result<T, Diagnostic> {
  if (value === undefined) return ok(fallback);
  const match = known.find((candidate) => candidate === value);
  if (match !== undefined) return ok(match);
  const hint = suggest(value, known, 'values');
  return err({ code: 'bad-option-value', message: `--${option} cannot be '${value}'`, hint });
}

/** A whole number of at least 1. */
export function positive(option: string, value: string): Result<number, Diagnostic> {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (number >= 1) return ok(number);
  const message = `--${option} must be a whole number of at least 1, not '${value}'`;
  return err({ code: 'bad-option-value', message });
}

/** Also its alias. */
export function namesOf({ name, alias }: Option): readonly string[] {
  return alias === undefined ? [name] : [name, alias];
}

function config(
  name: string,
  option: Option,
): { type: 'string' | 'boolean'; short?: string; multiple: true } {
  return {
    type: option.value === undefined ? 'boolean' : 'string',
    ...(option.short !== undefined && name === option.name && { short: option.short }),
    multiple: true,
  };
}

function misuse(
  option: Option,
  raw: string,
  value: string | undefined,
  inline: boolean,
): Diagnostic | undefined {
  if (option.value === undefined) {
    if (!inline) return undefined;
    return { code: 'bad-option-value', message: `${raw} does not take a value` };
  }
  // In `--run --json` the value is missing; `--run=--json` would be a value.
  if (value !== undefined && (inline || !/^-./.test(value))) return undefined;
  const hint = `write ${raw} ${option.value}`;
  return { code: 'missing-option-value', message: `${raw} needs a value`, hint };
}

/**
 * `-resume`, which is read as `-r -e -s …`, by its place. One word is one mistake; null once it is reported.
 */
function unknownGroups(words: readonly string[], command: Command): Map<number, Diagnostic | null> {
  const groups = new Map<number, Diagnostic | null>();
  for (const [index, word] of words.entries()) {
    if (!/^-[A-Za-z][\w-]+$/.test(word)) continue;
    const letters = Array.from(word.slice(1));
    const options = letters.map((short) => command.options.find((one) => one.short === short));
    // What follows an option with a value is its value.
    const end = options.findIndex((option) => option?.value !== undefined);
    const read = end === -1 ? options : options.slice(0, end);
    const isLong = command.options.some(({ name }) => `-${name}` === word);
    if (isLong || read.includes(undefined)) groups.set(index, unknownOption(word, command));
  }
  return groups;
}

function unknownOption(raw: string, command: Command): Diagnostic {
  const hint = peerOption(command.name, raw) ?? optionHint(raw, command);
  const message = `flow ${command.name} has no option '${raw}'`;
  return { code: 'unknown-option', message, hint };
}

function optionHint(raw: string, { options }: Command): string {
  if (raw.length === 2) {
    const short = options.flatMap((option) =>
      option.short === undefined ? [] : `-${option.short}`,
    );
    return `the options of one letter are: ${short.join(', ')}`;
  }
  const names = options.map((option) => `--${option.name}`);
  const long = raw.startsWith('--') ? raw : `-${raw}`;
  if (names.includes(long)) return `write ${long}`;
  // The shortest is the one that most is missing of: `--param`, not `--params-file`.
  const begun = names
    .filter((name) => name.startsWith(long))
    .toSorted((a, b) => a.length - b.length);
  return begun[0] === undefined ? suggest(long, names, 'options') : `did you mean '${begun[0]}'?`;
}

function operandProblems(command: Command, operands: readonly string[]): Diagnostic[] {
  const hint = `usage: flow ${command.name} ${command.operands}`.trimEnd();
  if (operands.length < command.minOperands) {
    const missing = command.operands.split(' ')[operands.length] ?? 'an operand';
    return [{ code: 'missing-operand', message: `flow ${command.name} needs ${missing}`, hint }];
  }
  if (operands.length <= command.maxOperands) return [];
  const extra = operands[command.maxOperands] ?? '';
  return [
    { code: 'extra-operand', message: `flow ${command.name} does not take '${extra}'`, hint },
  ];
}
