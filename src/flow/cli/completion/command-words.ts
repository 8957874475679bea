import type { Command, Option } from '../args/command.ts';

/** A command line up to the cursor. */
export interface TypedLine {
  /** Whole words before the cursor's, the program's name first. */
  readonly words: readonly string[];
  /** The word at the cursor, as far as it stands. */
  readonly current: string;
}

/** As a shell splits it: white space, quotes, backslashes; no expansion. */
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

/** What may stand at the cursor, and what the words before it say. */
export interface Place {
  readonly kind: 'option' | 'value' | 'operand';
  /** The option whose value is wanted. */
  readonly option?: Option;
  /** `PIPELINE`, `INSTANCE`, …: the placeholder in the command's usage; absent: nothing more fits. */
  readonly operand?: string;
  /** What stands before the value in the same word: `--profile=`. */
  readonly prefix: string;
  readonly typed: string;
  readonly operands: readonly string[];
  readonly values: ReadonlyMap<string, readonly string[]>;
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
        (one) => name === `--${one.name}` || (one.short !== undefined && word === `-${one.short}`),
      );
      if (option?.value === undefined) continue;
      if (rest.length > 0) take(option, rest.join('='));
      else awaiting = option;
    }
  }
  const known = { operands, values };
  if (awaiting) return { kind: 'value', option: awaiting, prefix: '', typed: current, ...known };
  const inline = /^--([\w-]+)=(.*)$/.exec(current);
  const option = inline && command.options.find(({ name }) => name === inline[1]);
  if (option?.value !== undefined) {
    const prefix = `--${option.name}=`;
    return { kind: 'value', option, prefix, typed: inline?.[2] ?? '', ...known };
  }
  if (!ended && current.startsWith('-')) {
    return { kind: 'option', prefix: '', typed: current, ...known };
  }
  const operand = operandAt(command, operands.length);
  return {
    kind: 'operand',
    ...(operand !== undefined && { operand }),
    prefix: '',
    typed: current,
    ...known,
  };
}

/** `PIPELINE [TARGET…]`: 0 is PIPELINE, all others are TARGET. */
function operandAt(command: Command, index: number): string | undefined {
  if (index >= command.most) return undefined;
  const names = command.operands.split(' ').filter((name) => name !== '');
  const name = names[index] ?? names.findLast((one) => one.includes('…'));
  return name?.replaceAll(/[[\]….]/g, '');
}
