// A run's operations, recorded instead of executed. Two recordings of the same operations with inputs of
// the same types are the same graph, for any sizes.
import { Handle } from './handle.ts';
import type { Constant } from './handle.ts';
import type { OperationKind } from './operations.ts';

/** An operation's inputs by reference: see `referenceTo`. */
export interface Step {
  readonly kind: OperationKind;
  readonly inputs: readonly number[];
}

let recordings = 0;

export class Recording {
  readonly number = recordings++;
  readonly steps: Step[] = [];
  /** The inputs of the graph. */
  readonly feeds: Handle[] = [];
  readonly constants = new Map<number, Constant>();
  /** Steps, feeds and constants as numbers. */
  readonly #code: number[] = [];
  #outputs = 0;

  /** @returns the operation's outputs, which the graph will compute */
  add(kind: OperationKind, inputs: readonly Handle[]): readonly Handle[] {
    const references = inputs.map((input) => this.#referenceTo(input));
    this.steps.push({ kind, inputs: references });
    this.#code.push(kind.number, references.length, ...references);
    return Array.from({ length: kind.outputs }, () => {
      const output = new Handle(undefined);
      output.recording = this.number;
      output.reference = 2 * this.#outputs++;
      return output;
    });
  }

  uses(handle: Handle): boolean {
    return handle.recording === this.number;
  }

  /** Identifies the graph that computes these outputs. */
  code(outputs: readonly Handle[]): Int32Array {
    return Int32Array.from([...this.#code, -1, ...outputs.map(({ reference }) => reference)]);
  }

  /** 2 n: output n, counted over the steps; 2 n + 1: feed n; -1 - n: constant n. */
  #referenceTo(handle: Handle): number {
    if (handle.recording === this.number) return handle.reference;
    handle.check();
    handle.recording = this.number;
    if (handle.constant !== undefined) {
      const { number } = handle.constant;
      this.constants.set(number, handle.constant);
      handle.reference = -1 - number;
      return handle.reference;
    }
    handle.reference = 2 * this.feeds.length + 1;
    this.feeds.push(handle);
    this.#code.push(-2, handle.type, handle.rank);
    return handle.reference;
  }
}
