// What all backends of a process share: the add-on, and what was made for it once.
import type { Addon } from './addon.ts';
import { Constants } from './constants.ts';
import { Graphs } from './graphs.ts';
import type { Masks } from './masks.ts';
import { makeOperations } from './operations.ts';
import type { Operations } from './operations.ts';

export class Runtime {
  readonly addon: Addon;
  readonly masks: Masks;
  readonly operations: Operations;
  readonly constants: Constants;
  /** Absent where operations are executed one by one. */
  readonly graphs: Graphs | undefined;

  /** @param graphs not on a GPU: a graph's inputs would be copied to it each time */
  constructor(addon: Addon, masks: Masks, graphs = !addon.isUsingGpuDevice()) {
    this.addon = addon;
    this.masks = masks;
    this.operations = makeOperations(addon);
    this.constants = new Constants(addon);
    this.graphs = graphs ? new Graphs(addon) : undefined;
  }

  /** Tensors of all backends, but for the small ones that come with each new shape. */
  get held(): number {
    return this.addon.getNumOfTensors() - this.constants.size;
  }
}
