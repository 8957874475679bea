import type { Stream } from '../random.ts';

/** n points of d dimensions, row after row. */
export interface Points {
  readonly n: number;
  readonly d: number;
  readonly values: Float32Array;
}

/** The k nearest points of every point: [n, k], nearest first, itself left out. */
export interface Neighbours {
  readonly k: number;
  readonly index: Int32Array;
  readonly squared: Float64Array;
}

/** Below this many points a node is a plain list: a scan costs less than its branches. */
const LEAF = 16;

/**
 * Exact nearest neighbours by a vantage-point tree (Yianilos 1993), Euclidean. Each node halves
 * its points by their distance to one of them; a search leaves out the half that the triangle
 * inequality excludes. Of equally near points the one with the least index counts as nearer, so
 * the result does not depend on the stream, which only chooses the vantage points.
 */
export function nearestNeighbours(points: Points, k: number, stream: Stream): Neighbours {
  const { n } = points;
  if (k < 1 || k >= n) throw new Error(`${k} neighbours of ${n} points: need 1 to ${n - 1}`);
  const tree = new VpTree(points, stream);
  const index = new Int32Array(n * k);
  const squared = new Float64Array(n * k);
  const nearest = new Nearest(k);
  for (let i = 0; i < n; i++) {
    nearest.reset();
    tree.search(i, nearest);
    nearest.copyTo(index, squared, i * k);
  }
  return { k, index, squared };
}

class VpTree {
  readonly #points: Points;
  /** Points in tree order: a node is a range; its first point is the vantage point. */
  readonly #order: Int32Array;
  /** For the vantage point at a place: distance that parts the near half from the far one. */
  readonly #radius: Float64Array;

  constructor(points: Points, stream: Stream) {
    this.#points = points;
    this.#order = Int32Array.from({ length: points.n }, (_, i) => i);
    this.#radius = new Float64Array(points.n);
    this.#build(0, points.n, stream, new Float64Array(points.n));
  }

  #build(from: number, to: number, stream: Stream, distances: Float64Array): void {
    if (to - from <= LEAF) return;
    const order = this.#order;
    swap(order, from, from + stream.below(to - from));
    const vantage = order[from] as number;
    for (let i = from + 1; i < to; i++) {
      const point = order[i] as number;
      distances[point] = Math.sqrt(squaredDistance(this.#points, vantage, point));
    }
    const middle = middleOf(from, to);
    const far = order.subarray(from + 1, to);
    far.sort((a, b) => (distances[a] as number) - (distances[b] as number) || a - b);
    this.#radius[from] = distances[order[middle] as number] as number;
    this.#build(from + 1, middle, stream, distances);
    this.#build(middle, to, stream, distances);
  }

  search(query: number, nearest: Nearest): void {
    this.#search(query, nearest, 0, this.#order.length);
  }

  #search(query: number, nearest: Nearest, from: number, to: number): void {
    const order = this.#order;
    if (to - from <= LEAF) {
      for (let i = from; i < to; i++) this.#offer(query, order[i] as number, nearest);
      return;
    }
    const distance = Math.sqrt(this.#offer(query, order[from] as number, nearest));
    const radius = this.#radius[from] as number;
    const middle = middleOf(from, to);
    // The half with the query first: it shrinks the reach, which may exclude the other.
    if (distance < radius) {
      this.#search(query, nearest, from + 1, middle);
      if (distance + nearest.reach() >= radius) this.#search(query, nearest, middle, to);
    } else {
      this.#search(query, nearest, middle, to);
      if (distance - nearest.reach() <= radius) this.#search(query, nearest, from + 1, middle);
    }
  }

  #offer(query: number, point: number, nearest: Nearest): number {
    const squared = squaredDistance(this.#points, query, point);
    if (point !== query) nearest.offer(point, squared);
    return squared;
  }
}

/** Where the far half of a node begins. */
function middleOf(from: number, to: number): number {
  return from + 1 + ((to - from - 1) >> 1);
}

function swap(items: Int32Array, i: number, j: number): void {
  const kept = items[i] as number;
  items[i] = items[j] as number;
  items[j] = kept;
}

function squaredDistance({ d, values }: Points, i: number, j: number): number {
  let sum = 0;
  for (let c = 0, a = i * d, b = j * d; c < d; c++, a++, b++) {
    const difference = (values[a] as number) - (values[b] as number);
    sum += difference * difference;
  }
  return sum;
}

/** The k nearest seen so far, sorted. k is small (90), so insertion beats a heap. */
class Nearest {
  readonly #k: number;
  readonly #index: Int32Array;
  readonly #squared: Float64Array;
  #count = 0;

  constructor(k: number) {
    this.#k = k;
    this.#index = new Int32Array(k);
    this.#squared = new Float64Array(k);
  }

  reset(): void {
    this.#count = 0;
  }

  /** Distance beyond which nothing is wanted any more. */
  reach(): number {
    return this.#count < this.#k ? Infinity : Math.sqrt(this.#squared[this.#k - 1] as number);
  }

  offer(point: number, squared: number): void {
    let at = this.#count;
    if (at === this.#k) {
      if (!this.#before(point, squared, at - 1)) return;
      at--;
    } else {
      this.#count++;
    }
    for (; at > 0 && this.#before(point, squared, at - 1); at--) {
      this.#index[at] = this.#index[at - 1] as number;
      this.#squared[at] = this.#squared[at - 1] as number;
    }
    this.#index[at] = point;
    this.#squared[at] = squared;
  }

  #before(point: number, squared: number, at: number): boolean {
    const other = this.#squared[at] as number;
    return squared < other || (squared === other && point < (this.#index[at] as number));
  }

  copyTo(index: Int32Array, squared: Float64Array, offset: number): void {
    index.set(this.#index, offset);
    squared.set(this.#squared, offset);
  }
}
