import type { Affinities } from './affinities.ts';
import { Quadtree } from './quadtree.ts';

/**
 * The Kullback-Leibler divergence of the map's similarities from the affinities, and its gradient
 * (van der Maaten 2014): attraction along the sparse affinities, repulsion through a quadtree.
 */
export class Divergence {
  readonly #p: Affinities;
  readonly #theta: number;
  readonly #tree: Quadtree;
  readonly #repulsion: Float64Array;
  #normaliser = 0;

  /** @param theta 0 is exact; above 0.7 a cell could stand for a point inside it */
  constructor(p: Affinities, theta: number) {
    if (!(theta >= 0 && theta <= 0.7)) throw new Error(`theta ${theta} is not in [0, 0.7]`);
    this.#p = p;
    this.#theta = theta;
    this.#tree = new Quadtree(p.n);
    this.#repulsion = new Float64Array(2 * p.n);
  }

  /**
   * Writes the gradient at `places` (x and y alternating) into `gradient`, with the affinities
   * multiplied by `exaggeration`.
   */
  gradient(places: Float64Array, gradient: Float64Array, exaggeration: number): void {
    const { n, starts, columns, values } = this.#p;
    const repulsion = this.#repulsion;
    this.#tree.build(places);
    let sum = 0;
    for (const i of this.#tree.order) {
      const x = places[2 * i] as number;
      const y = places[2 * i + 1] as number;
      sum += this.#tree.repulsion(x, y, this.#theta, repulsion, 2 * i) - 1;
    }
    this.#normaliser = sum;
    for (let i = 0; i < n; i++) {
      const x = places[2 * i] as number;
      const y = places[2 * i + 1] as number;
      const end = starts[i + 1] as number;
      let pullX = 0;
      let pullY = 0;
      for (let at = starts[i] as number; at < end; at++) {
        const j = columns[at] as number;
        const dx = x - (places[2 * j] as number);
        const dy = y - (places[2 * j + 1] as number);
        const pull = (values[at] as number) / (1 + dx * dx + dy * dy);
        pullX += pull * dx;
        pullY += pull * dy;
      }
      gradient[2 * i] = 4 * (exaggeration * pullX - (repulsion[2 * i] as number) / sum);
      gradient[2 * i + 1] = 4 * (exaggeration * pullY - (repulsion[2 * i + 1] as number) / sum);
    }
  }

  /** The divergence, without exaggeration, at the places of the last gradient. */
  value(places: Float64Array): number {
    const { n, starts, columns, values } = this.#p;
    let divergence = 0;
    for (let i = 0; i < n; i++) {
      for (let at = starts[i] as number; at < (starts[i + 1] as number); at++) {
        const j = columns[at] as number;
        const p = values[at] as number;
        const dx = (places[2 * i] as number) - (places[2 * j] as number);
        const dy = (places[2 * i + 1] as number) - (places[2 * j + 1] as number);
        const similarity = 1 / ((1 + dx * dx + dy * dy) * this.#normaliser);
        if (p > 0) divergence += p * Math.log(p / similarity);
      }
    }
    return divergence;
  }
}
