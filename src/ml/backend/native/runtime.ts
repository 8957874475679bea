// The add-on, and the objects that all backends of a process share.
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
  /** Absent if operations are executed one by one. */
  readonly graphs: Graphs | undefined;

  /** @param graphs not on a GPU: a graph's inputs would be copied to it each time */
  constructor(addon: Addon, masks: Masks, graphs = !addon.isUsingGpuDevice()) {
    this.addon = addon;
    this.masks = masks;
    this.operations = makeOperations(addon);
    this.constants = new Constants(addon);
    this.graphs = graphs ? new Graphs(addon) : undefined;
  }

  /** The number of tensors of all backends, without the constants, whose number grows with new shapes. */
  get held(): number {
    return this.addon.getNumOfTensors() - this.constants.size;
  }
}
