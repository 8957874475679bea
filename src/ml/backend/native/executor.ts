// Executes TensorFlow's operations and deletes a run's tensors when it ends, or earlier. On a CPU a run is
// recorded, and executed as a graph when one of its values is read. On a GPU, to which a graph's inputs
// would be copied each time, operations are executed one by one.
import type { Addon, Code } from './addon.ts';
import type { Graphs } from './graphs.ts';
import { Handle } from './handle.ts';
import type { OperationKind } from './operations.ts';
import { Recording } from './recording.ts';

type Data = Float32Array | Int32Array;

export class Executor {
  readonly #addon: Addon;
  readonly #graphs: Graphs | undefined;
  /** The tensors of the run. */
  readonly #live = new Set<Handle>();
  #recording: Recording | undefined;
  /** Freed tensors that the recording still needs. */
  #freed: Handle[] = [];

  constructor(addon: Addon, graphs: Graphs | undefined) {
    this.#addon = addon;
    this.#graphs = graphs;
  }

  begin(): void {
    if (this.#graphs !== undefined) this.#recording = new Recording();
  }

  end(): void {
    this.#recording = undefined;
    for (const handle of [...this.#freed, ...this.#live]) this.#delete(handle);
    this.#freed = [];
    this.#live.clear();
  }

  /** Executes the recording, and later operations one by one, because they change variables. */
  settle(): void {
    this.#compute(this.#live);
    this.#recording = undefined;
  }

  /** @param values then belong to TensorFlow */
  create(type: Code, shape: readonly number[], values: Data): Handle {
    const id = this.#addon.createTensor(shape, type, values);
    return this.#hold(new Handle({ id, shape, dtype: type }));
  }

  one(kind: OperationKind, inputs: readonly Handle[]): Handle {
    return this.many(kind, inputs)[0] as Handle;
  }

  many(kind: OperationKind, inputs: readonly Handle[]): readonly Handle[] {
    if (this.#recording === undefined) return this.now(kind, inputs);
    const outputs = this.#recording.add(kind, inputs);
    for (const output of outputs) this.#hold(output);
    return outputs;
  }

  /** Executes an operation without recording it: one on variables, whose other inputs are computed. */
  now(kind: OperationKind, inputs: readonly Handle[]): readonly Handle[] {
    const ids = inputs.map(({ id }) => id);
    const outputs = this.#addon.executeOp(kind.name, kind.attributes, ids, kind.outputs);
    return outputs.map((output) => this.#hold(new Handle(output)));
  }

  /** The value; the run's other tensors are computed with it. */
  read(handle: Handle): Data {
    if (handle.computed === undefined) this.#compute(this.#live);
    return this.#addon.tensorDataSync(handle.id);
  }

  /** The values of a run that computes nothing afterwards. */
  results(handles: readonly Handle[]): readonly Data[] {
    this.#compute(handles);
    return handles.map(({ id }) => this.#addon.tensorDataSync(id));
  }

  /** Frees memory for the operations that follow. */
  free(handle: Handle): void {
    if (!this.#live.delete(handle)) return;
    if (handle.computed === undefined) return;
    if (this.#recording?.uses(handle) === true) this.#freed.push(handle);
    else this.#delete(handle);
  }

  /** Keeps a tensor beyond the run. */
  keep(handle: Handle): Handle {
    this.#live.delete(handle);
    return handle;
  }

  /** Moves a kept tensor into the run: it is deleted with the run unless it is kept again. */
  adopt(handle: Handle): void {
    this.#live.add(handle);
  }

  #compute(wanted: Iterable<Handle>): void {
    const recording = this.#recording;
    if (recording === undefined) return;
    const outputs = [...wanted].filter(({ computed }) => computed === undefined);
    if (outputs.length === 0) return;
    this.#graphs?.run(recording, outputs);
    this.#recording = new Recording();
    for (const handle of this.#freed) this.#delete(handle);
    this.#freed = [];
  }

  #delete({ computed }: Handle): void {
    if (computed !== undefined) this.#addon.deleteTensor(computed.id);
  }

  #hold(handle: Handle): Handle {
    this.#live.add(handle);
    return handle;
  }
}
