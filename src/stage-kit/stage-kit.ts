// What a TypeScript stage imports: the contract, typed access to params, inputs and outputs, and
// events. Node built-ins only.
import { appendFileSync, readFileSync } from 'node:fs';
import { describeError } from './describe-error.ts';
import type { Collected, Json, StageFile } from './contract.ts';

export type { Axes, Collected, Json, StageFile } from './contract.ts';

export class Stage {
  readonly #file: StageFile;
  readonly #events: string | undefined;

  constructor(file: StageFile, events: string | undefined) {
    this.#file = file;
    this.#events = events;
  }

  /** Folder for resuming after a crash; what is saved there must lead to the same output bytes. */
  get checkpoint(): string {
    return this.#file.checkpoint;
  }

  hasParam(name: string): boolean {
    return Object.hasOwn(this.#file.params, name);
  }

  param(name: string): Json {
    if (!this.hasParam(name)) {
      throw new Error(`this stage has no param '${name}': list it under 'params:'`);
    }
    return this.#file.params[name] as Json;
  }

  number(name: string): number {
    const value = this.param(name);
    if (typeof value !== 'number') throw new Error(`param '${name}' is not a number`);
    return value;
  }

  string(name: string): string {
    const value = this.param(name);
    if (typeof value !== 'string') throw new Error(`param '${name}' is not a string`);
    return value;
  }

  /** A param that is a mapping, such as `td: { rows: 500 }`. */
  object(name: string): Readonly<Record<string, Json>> {
    const value = this.param(name);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new Error(`param '${name}' is not a mapping`);
    }
    return value as Readonly<Record<string, Json>>;
  }

  hasInput(name: string): boolean {
    return Object.hasOwn(this.#file.inputs, name);
  }

  /** Path of a single input, relative to the working directory. */
  input(name: string): string {
    const value = this.#file.inputs[name];
    if (typeof value !== 'string') {
      throw new Error(`this stage has no single input '${name}'`);
    }
    return value;
  }

  /** Paths of a collected input, sorted by the axes in the order of `collect`. */
  collected(name: string): readonly Collected[] {
    const value = this.#file.inputs[name];
    if (value === undefined || typeof value === 'string') {
      throw new Error(`this stage has no collected input '${name}'`);
    }
    return value;
  }

  hasOutput(name: string): boolean {
    return Object.hasOwn(this.#file.outputs, name);
  }

  /** Path to write an output to, relative to the working directory; its folder exists. */
  output(name: string): string {
    const value = this.#file.outputs[name];
    if (value === undefined) throw new Error(`this stage has no output '${name}'`);
    return value;
  }

  progress(done: number, total: number, unit: string): void {
    this.#emit({ type: 'progress', done, total, unit });
  }

  metric(name: string, value: number, step: number): void {
    this.#emit({ type: 'metric', name, value, step });
  }

  note(text: string): void {
    this.#emit({ type: 'note', text });
  }

  #emit(event: Readonly<Record<string, Json>>): void {
    if (this.#events !== undefined) appendFileSync(this.#events, `${JSON.stringify(event)}\n`);
  }
}

/**
 * Reads the contract that `FLOW_STAGE` names. From then on an error that nothing catches ends the stage
 * with exit code 1, its message and where in the stage's code it was thrown.
 */
export function openStage(env: NodeJS.ProcessEnv = process.env): Stage {
  const path = env['FLOW_STAGE'];
  if (path === undefined) {
    throw new Error('FLOW_STAGE is not set: this file is a stage, run it through `flow run`');
  }
  const file = JSON.parse(readFileSync(path, 'utf8')) as StageFile;
  if (file.contract !== 1) throw new Error(`stage contract ${String(file.contract)} is not known`);
  process.on('uncaughtException', (error) => {
    process.stderr.write(describeError(error, `${process.cwd()}/code`));
    process.exit(1);
  });
  return new Stage(file, env['FLOW_EVENTS']);
}
