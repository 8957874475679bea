// t-SNE (van der Maaten and Hinton 2008) in the plane, by Barnes and Hut's approximation.
import { Stream } from '../random.ts';
import { conditional, symmetric } from './affinities.ts';
import { Divergence } from './gradient.ts';
import type { Points } from './vp-tree.ts';
import { nearestNeighbours } from './vp-tree.ts';

export interface TsneOptions {
  /** Effective number of neighbours; lowered where there are too few points for it. */
  readonly perplexity: number;
  readonly iterations: number;
  readonly theta: number;
  /** Factor on the affinities during the first `exaggerated` iterations. */
  readonly exaggeration: number;
  readonly exaggerated: number;
  /** null: points / exaggeration / 4, at least 50 (Belkina and others 2019) */
  readonly learningRate: number | null;
}

export const TSNE_DEFAULTS: TsneOptions = {
  perplexity: 30,
  iterations: 1000,
  theta: 0.5,
  exaggeration: 12,
  exaggerated: 250,
  learningRate: null,
};

/** Called in each iteration, before its step; the divergence costs a pass and is asked for. */
export type OnIteration = (iteration: number, divergence: () => number) => void;

/**
 * Places points in the plane so that neighbours stay neighbours. The same seed gives the same
 * places.
 *
 * @returns x and y of each point, alternating; unscaled
 */
export function tsne(
  points: Points,
  seed: number,
  options: TsneOptions = TSNE_DEFAULTS,
  onIteration: OnIteration = () => {},
): Float64Array {
  const { n } = points;
  if (n < 4) throw new Error(`t-SNE of ${n} points: it needs at least 4`);
  const perplexity = Math.min(options.perplexity, (n - 1) / 3);
  const k = Math.min(n - 1, Math.ceil(3 * perplexity));
  const neighbours = nearestNeighbours(points, k, Stream.named(seed, 'tsne', 'vantage'));
  const affinities = symmetric(neighbours, conditional(neighbours, perplexity));
  const places = firstPlaces(n, Stream.named(seed, 'tsne', 'places'));
  descend(new Divergence(affinities, options.theta), places, options, onIteration);
  return places;
}

function firstPlaces(n: number, stream: Stream): Float64Array {
  return Float64Array.from({ length: 2 * n }, () => 1e-4 * stream.normal());
}

/** Gradient descent with momentum and a gain for each coordinate, in place. */
function descend(
  divergence: Divergence,
  places: Float64Array,
  options: TsneOptions,
  onIteration: OnIteration,
): void {
  const rate = options.learningRate ?? Math.max(50, places.length / 2 / options.exaggeration / 4);
  const gradient = new Float64Array(places.length);
  const step = new Float64Array(places.length);
  const gain = new Float64Array(places.length).fill(1);
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const early = iteration < options.exaggerated;
    divergence.gradient(places, gradient, early ? options.exaggeration : 1);
    onIteration(iteration, () => divergence.value(places));
    const momentum = early ? 0.5 : 0.8;
    for (let i = 0; i < places.length; i++) {
      const slope = gradient[i] as number;
      // A coordinate that keeps its direction speeds up, one that swings slows down.
      const swings = slope * (step[i] as number) > 0;
      gain[i] = Math.max(0.01, swings ? (gain[i] as number) * 0.8 : (gain[i] as number) + 0.2);
      step[i] = momentum * (step[i] as number) - rate * (gain[i] as number) * slope;
      places[i] = (places[i] as number) + (step[i] as number);
    }
  }
}

/** Each axis stretched to 0..1; an axis without extent becomes 0.5. */
export function unitSquare(places: Float64Array): Float64Array {
  const scaled = new Float64Array(places.length);
  for (const axis of [0, 1]) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = axis; i < places.length; i += 2) {
      low = Math.min(low, places[i] as number);
      high = Math.max(high, places[i] as number);
    }
    for (let i = axis; i < places.length; i += 2) {
      scaled[i] = high > low ? ((places[i] as number) - low) / (high - low) : 0.5;
    }
  }
  return scaled;
}
