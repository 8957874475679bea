import { type Args, argsOf, type Command, type Option, type Takes } from '../args/command.ts';
import { namesOf } from '../args/parse-args.ts';

/** A command line up to the cursor. */
export interface TypedLine {
  /** Complete words before the cursor, beginning with the name of the program. */
  readonly words: readonly string[];
  /** The incomplete word at the cursor. */
  readonly current: string;
}

/** Splits it as a shell does: white space, quotes, backslashes; no expansion. */
export function splitLine(line: string): TypedLine {
  const words: string[] = [];
  let current = '';
  let begun = false;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? '';
    if (char === '\\' && quote !== "'") current += line[++i] ?? '';
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (quote === '' && /\s/.test(char)) {
      if (begun) words.push(current);
      [current, begun] = ['', false];
      continue;
    } else current += char;
    begun = true;
  }
  return { words, current };
}

/** The possible kind of the word at the cursor, and the facts from the words before it. */
export interface Place {
  readonly kind: 'option' | 'word';
  /** The kind of the word: the value of an option, or an operand. Missing: unknown. */
  readonly takes?: Takes | undefined;
  /** The text before the value in the same word: `--profile=`. */
  readonly prefix: string;
  readonly typed: string;
  readonly args: Args;
}

/** @param words those after the command's name */
export function placeOf(command: Command, words: readonly string[], current: string): Place {
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  let awaiting: Option | undefined;
  let ended = false;
  const take = (option: Option, value: string): void => {
    values.set(option.name, [...(values.get(option.name) ?? []), value]);
  };
  for (const word of words) {
    if (awaiting) {
      take(awaiting, word);
      awaiting = undefined;
    } else if (word === '--') ended = true;
    else if (ended || !/^-./.test(word)) operands.push(word);
    else {
      const [name = '', ...rest] = word.split('=');
      const option = command.options.find(
        (one) =>
          namesOf(one).some((its) => name === `--${its}`) ||
          (one.short !== undefined && word === `-${one.short}`),
      );
      if (option?.value === undefined) continue;
      if (rest.length > 0) take(option, rest.join('='));
      else awaiting = option;
    }
  }
  const args = argsOf(operands, values);
  if (awaiting) return { kind: 'word', takes: awaiting.takes, prefix: '', typed: current, args };
  const [, name = '', typed = ''] = /^--([\w-]+)=(.*)$/.exec(current) ?? [];
  const option = command.options.find((one) => namesOf(one).includes(name));
  if (option?.value !== undefined) {
    return { kind: 'word', takes: option.takes, prefix: `--${name}=`, typed, args };
  }
  const here = { prefix: '', typed: current, args };
  if (!ended && current.startsWith('-')) return { kind: 'option', ...here };
  return { kind: 'word', takes: operandAt(command, operands.length), ...here };
}

function operandAt({ takes = [], maxOperands }: Command, index: number): Takes | undefined {
  return index < maxOperands ? (takes[index] ?? takes.at(-1)) : undefined;
}
