import type { Diagnostic } from '../../core/diagnostic.ts';
import { err, type Result } from '../../core/result.ts';
import { forTerminal } from '../../report/printable.ts';
import { styleFor } from '../../report/style.ts';

/** The exit codes; see `flow --help`. A project's own command can have any code. */
export type ExitCode = number;

/** Why a command stopped: 1 it found something, 2 usage or pipeline, 3 the machine. */
export interface Refusal {
  readonly exit: 1 | 2 | 3;
  readonly diagnostics: readonly Diagnostic[];
}

export type Ended = Result<ExitCode, Refusal>;

/** The function of a command. */
export type CommandCode = (args: Args, io: Io) => Promise<Ended>;

export interface Command {
  readonly name: string;
  /** One line for `flow --help`. */
  readonly summary: string;
  /** The operands after the name: `PIPELINE [TARGET…]`. */
  readonly operands: string;
  /** The kind of each operand; the last kind also applies to all later operands. */
  readonly takes?: readonly Takes[];
  readonly minOperands: number;
  readonly maxOperands: number;
  readonly options: readonly Option[];
  /** Paragraphs for `flow COMMAND --help`. */
  readonly about: string;
  readonly examples: readonly string[];
}

/** The kind of a word on the command line, for completion: a kind, or a list of words. */
export type Takes =
  | 'pipeline'
  | 'target'
  | 'instance'
  /** A path in the folder that the first operand names. */
  | 'content'
  | 'run'
  /** `NAME=VALUE` of the pipeline. */
  | 'param'
  | 'profile'
  /** `AXIS=VALUE` of the stage that the first operand names. */
  | 'axis'
  | 'file'
  | readonly string[];

export interface Option {
  readonly name: string;
  /** An old name, which the help does not show. */
  readonly alias?: string;
  readonly short?: string;
  /** The name of its value in the help; missing: it takes no value. */
  readonly value?: string;
  /** Missing: any value, such as a number or an address. */
  readonly takes?: Takes;
  readonly repeatable?: boolean;
  readonly help: string;
}

/** A command line that fits its command. */
export interface Args {
  readonly operands: readonly string[];
  readonly has: (option: string) => boolean;
  readonly value: (option: string) => string | undefined;
  readonly values: (option: string) => readonly string[];
}

export function argsOf(
  operands: readonly string[],
  values: ReadonlyMap<string, readonly string[]> = new Map(),
): Args {
  return {
    operands,
    has: (name) => values.has(name),
    value: (name) => values.get(name)?.[0],
    values: (name) => values.get(name) ?? [],
  };
}

/** The process, as commands see it. */
export interface Io {
  /** Results: text or bytes, written in order, waiting where a pipe is full. */
  readonly out: (data: string | Uint8Array) => Promise<void>;
  /** Everything that is not a result. */
  readonly stderr: NodeJS.WriteStream;
  readonly stdout: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly argv: readonly string[];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly version: string;
}

/** Wrong usage: exit code 2. */
export function usage(code: string, message: string, hint?: string): Result<never, Refusal> {
  return refuse(2, { code, message, ...(hint !== undefined && { hint }) });
}

export function refuse(exit: 1 | 2 | 3, ...diagnostics: Diagnostic[]): Result<never, Refusal> {
  return err({ exit, diagnostics });
}

/** Prints one object on stdout, for `--json`. */
export async function printJson(io: Io, value: unknown): Promise<void> {
  await io.out(`${JSON.stringify(value)}\n`);
}

/** Prints lines for the user. Texts by others in them cannot control the terminal. */
export async function printLines(io: Io, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await io.out(`${forTerminal(lines.join('\n'), styleFor(io.stdout, io.env))}\n`);
}
