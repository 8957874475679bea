// Executes recordings as graphs. TensorFlow optimises a graph once, and then runs it in one call, which costs
// much less than calling its operations one by one. TensorFlow loads a graph as a SavedModel, which every
// build of the add-on supports.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Addon } from './addon.ts';
import type { Handle } from './handle.ts';
import type { Recording } from './recording.ts';
import { attributeBytes, constantNode, placeholder, savedModel, TAG } from './saved-model.ts';
import type { GraphNode } from './saved-model.ts';

interface Graph {
  readonly code: Int32Array;
  readonly model: number;
  readonly inputs: string;
  readonly outputs: string;
}

export class Graphs {
  readonly #addon: Addon;
  /** The graphs by a hash of their code. */
  readonly #graphs = new Map<number, Graph[]>();

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  get size(): number {
    return [...this.#graphs.values()].reduce((sum, graphs) => sum + graphs.length, 0);
  }

  /** Computes the outputs; the recording's other tensors are lost. */
  run(recording: Recording, outputs: readonly Handle[]): void {
    const { model, inputs, outputs: names } = this.#graphOf(recording, outputs);
    const ids = recording.feeds.map(({ id }) => id);
    const computed = this.#addon.runSavedModel(model, ids, inputs, names);
    for (const [i, output] of outputs.entries()) output.computed = computed[i];
  }

  #graphOf(recording: Recording, outputs: readonly Handle[]): Graph {
    const code = recording.code(outputs);
    const hash = hashOf(code);
    const candidates = this.#graphs.get(hash) ?? [];
    const known = candidates.find((graph) => equal(graph.code, code));
    if (known !== undefined) return known;
    const { nodes, inputs, results } = this.#describe(recording, outputs);
    const graph = { code, model: this.#load(nodes), inputs, outputs: results };
    this.#graphs.set(hash, [...candidates, graph]);
    return graph;
  }

  #describe({ steps, feeds, constants }: Recording, outputs: readonly Handle[]) {
    const nodes = feeds.map(({ type, rank }, i) => placeholder(`feed${i}`, type, rank));
    for (const [number, constant] of constants) nodes.push(constantNode(`constant${number}`, constant)); // prettier-ignore
    const made: string[] = [];
    const nameOf = (reference: number): string => {
      if (reference < 0) return `constant${-1 - reference}:0`;
      return reference % 2 === 1 ? `feed${reference >> 1}:0` : (made[reference >> 1] as string);
    };
    for (const [i, { kind, inputs }] of steps.entries()) {
      nodes.push({
        name: `step${i}`,
        operation: kind.name,
        inputs: inputs.map(nameOf),
        attributes: kind.attributes.map((one) => attributeBytes(this.#addon, one)),
      });
      for (let output = 0; output < kind.outputs; output++) made.push(`step${i}:${output}`);
    }
    return {
      nodes,
      inputs: feeds.map((_, i) => `feed${i}:0`).join(),
      results: outputs.map(({ reference }) => nameOf(reference)).join(),
    };
  }

  /** The folder is removed, because TensorFlow reads it completely at once. */
  #load(nodes: readonly GraphNode[]): number {
    const folder = mkdtempSync(path.join(tmpdir(), `graph-${process.pid}-`));
    try {
      writeFileSync(path.join(folder, 'saved_model.pb'), savedModel(nodes));
      return this.#addon.loadSavedModel(folder, TAG);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** FNV-1a over 32-bit words. */
function hashOf(code: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const word of code) hash = Math.imul(hash ^ word, 0x01000193);
  return hash;
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
