import type { Program } from '../../pipeline/read/project-programs.ts';
import type { Candidate } from './complete-reference.ts';

export interface ProgramWords {
  readonly items: readonly Candidate[];
  /** Whether file names are also possible. */
  readonly files: boolean;
}

const A_FILE = /^(?:FILE|PATH|DIR|FOLDER|DEST)/;

/**
 * What a project's command takes after `words`, as its `usage` in flow.yaml says it:
 * `add wasm|cpu [--from DIR] | list`. Words in capitals stand for anything. Without a usage, file names.
 */
export function completeProgram({ usage }: Program, words: readonly string[]): ProgramWords {
  if (usage.trim() === '') return { items: [], files: true };
  const items = new Map<string, Candidate>([['--help', { text: '--help' }]]);
  let files = false;
  for (const form of usage.split(/\s+\|\s+/)) {
    const { operands, options } = partsOf(form);
    const left = afterOptions(words, options);
    if (left.awaited !== undefined) {
      files ||= A_FILE.test(left.awaited);
      continue;
    }
    if (!left.operands.every((word, i) => fits(word, operandAt(operands, i)))) continue;
    const next = operandAt(operands, left.operands.length);
    files ||= A_FILE.test(next ?? '');
    for (const text of next?.split('|') ?? []) if (isLiteral(text)) items.set(text, { text });
    for (const { name } of options) {
      if (left.operands.length > 0 && !words.includes(name)) items.set(name, { text: name });
    }
  }
  return { items: [...items.values()], files };
}

interface UsageOption {
  readonly name: string;
  /** The name of its value; missing: it takes no value. */
  readonly value?: string;
}

/** `add NAME [--from DIR]`: its operands without brackets, and its options. */
function partsOf(form: string): { operands: readonly string[]; options: readonly UsageOption[] } {
  const options: UsageOption[] = [];
  const rest = form.replaceAll(
    /(?<=^|[\s[])\[?(--?[a-z][\w-]*)(?:[ =]([A-Z][\w-]*…?))?\]?/g,
    (_, name: string, value: string | undefined) => {
      options.push({ name, ...(value !== undefined && { value }) });
      return '';
    },
  );
  const operands = rest.replaceAll(/[[\]]/g, ' ').split(/\s+/).filter((word) => word !== ''); // prettier-ignore
  return { operands, options };
}

function afterOptions(
  words: readonly string[],
  options: readonly UsageOption[],
): { operands: readonly string[]; awaited?: string } {
  const operands: string[] = [];
  let awaited: string | undefined;
  for (const word of words) {
    if (awaited !== undefined) awaited = undefined;
    else if (word.startsWith('-')) awaited = options.find(({ name }) => name === word)?.value;
    else operands.push(word);
  }
  return { operands, ...(awaited !== undefined && { awaited }) };
}

/** The last one repeats if it ends with dots. */
function operandAt(operands: readonly string[], index: number): string | undefined {
  const last = operands.at(-1);
  return operands[index] ?? (last !== undefined && /(?:…|\.\.\.)$/.test(last) ? last : undefined);
}

const isLiteral = (word: string): boolean => /^[a-z0-9]/.test(word);

const fits = (word: string, operand: string | undefined): boolean =>
  operand !== undefined &&
  operand.split('|').some((form) => !isLiteral(form) || form.replace(/…$/, '') === word);
