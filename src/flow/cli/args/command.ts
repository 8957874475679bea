import type { Diagnostic } from '../../core/diagnostic.ts';
import { err, type Result } from '../../core/result.ts';

/** What a process ends with; see `flow --help`. A project's own command ends with what it likes. */
export type ExitCode = number;

/** Why a command did not do its work: 1 something was found, 2 usage or pipeline, 3 environment. */
export interface Refusal {
  readonly exit: 1 | 2 | 3;
  readonly diagnostics: readonly Diagnostic[];
}

export type Ended = Result<ExitCode, Refusal>;

export interface Command {
  readonly name: string;
  /** One line for `flow --help`. */
  readonly summary: string;
  /** What follows the name: `PIPELINE [TARGET…]`. */
  readonly operands: string;
  readonly least: number;
  readonly most: number;
  readonly options: readonly Option[];
  /** Paragraphs for `flow COMMAND --help`. */
  readonly about: string;
  readonly examples: readonly string[];
  readonly load: () => Promise<(args: Args, io: Io) => Promise<Ended>>;
}

export interface Option {
  readonly name: string;
  readonly short?: string;
  /** Name of its value in the help; absent: a switch. */
  readonly value?: string;
  readonly repeatable?: boolean;
  /** The words that it may be, where they are few. */
  readonly values?: readonly string[];
  readonly help: string;
}

/** A command line that fits its command. */
export interface Args {
  readonly operands: readonly string[];
  readonly has: (option: string) => boolean;
  readonly value: (option: string) => string | undefined;
  readonly values: (option: string) => readonly string[];
}

/** The process, as commands see it. */
export interface Io {
  /** Results: text or bytes, written in order, waiting where a pipe is full. */
  readonly out: (data: string | Uint8Array) => Promise<void>;
  /** Everything that is no result. */
  readonly stderr: NodeJS.WriteStream;
  readonly stdout: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly argv: readonly string[];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly version: string;
}

/** Usage is wrong: exit 2. */
export function usage(code: string, message: string, hint?: string): Result<never, Refusal> {
  return refuse(2, { code, message, ...(hint !== undefined && { hint }) });
}

export function refuse(exit: 1 | 2 | 3, ...diagnostics: Diagnostic[]): Result<never, Refusal> {
  return err({ exit, diagnostics });
}

/** One object on stdout: what `--json` promises. */
export async function printJson(io: Io, value: unknown): Promise<void> {
  await io.out(`${JSON.stringify(value)}\n`);
}

export async function printLines(io: Io, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await io.out(`${lines.join('\n')}\n`);
}
