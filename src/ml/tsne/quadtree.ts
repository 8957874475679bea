/** Points that are in one square after this many halvings count as one place. */
const MAX_DEPTH = 50;
/** Less than any square's area, so that a leaf counts as far from every point. */
const LEAF = -1;

/**
 * A quadtree over points in the plane (Barnes and Hut 1986): each cell knows how many points it
 * contains and their centre, so that a far cell acts as one point. Cells are stored in the order of a
 * walk from the root, each with the place where the walk continues if it skips the cell's inside, so
 * that a walk needs no stack. The tree is rebuilt for every set of places; the arrays are kept.
 */
export class Quadtree {
  /** The points, sorted so that those of each cell are adjacent: neighbours have similar walks. */
  readonly order: Int32Array;
  readonly #sorted: Int32Array;
  readonly #quadrant: Uint8Array;
  readonly #count: Float64Array;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  /** Squared width, or LEAF. */
  readonly #area: Float64Array;
  readonly #skip: Int32Array;
  #cells = 0;

  constructor(points: number) {
    // Every cell that is no leaf has two children or more.
    const cells = 2 * points;
    this.order = Int32Array.from({ length: points }, (_, i) => i);
    this.#sorted = new Int32Array(points);
    this.#quadrant = new Uint8Array(points);
    this.#count = new Float64Array(cells);
    this.#x = new Float64Array(cells);
    this.#y = new Float64Array(cells);
    this.#area = new Float64Array(cells);
    this.#skip = new Int32Array(cells);
  }

  /** @param places x and y of each point, alternating */
  build(places: Float64Array): void {
    let left = Infinity;
    let right = -Infinity;
    let top = Infinity;
    let bottom = -Infinity;
    for (let i = 0; i < places.length; i += 2) {
      left = Math.min(left, places[i] as number);
      right = Math.max(right, places[i] as number);
      top = Math.min(top, places[i + 1] as number);
      bottom = Math.max(bottom, places[i + 1] as number);
    }
    const half = Math.max(right - left, bottom - top) / 2;
    this.#cells = 0;
    this.#build(places, 0, this.order.length, left + half, top + half, half);
  }

  /** @param cx,cy,half centre and half the width of a square around points `from` up to `to` */
  #build(places: Float64Array, from: number, to: number, cx: number, cy: number, half: number) {
    const cell = this.#cells++;
    let x = 0;
    let y = 0;
    for (let i = from; i < to; i++) {
      const point = this.order[i] as number;
      x += places[2 * point] as number;
      y += places[2 * point + 1] as number;
    }
    this.#count[cell] = to - from;
    this.#x[cell] = x / (to - from);
    this.#y[cell] = y / (to - from);
    this.#area[cell] = LEAF;
    if (to - from > 1) this.#divide(cell, places, from, to, cx, cy, half);
    this.#skip[cell] = this.#cells;
  }

  #divide(
    cell: number,
    places: Float64Array,
    from: number,
    to: number,
    cx: number,
    cy: number,
    half: number,
  ): void {
    for (let depth = 0; depth < MAX_DEPTH; depth++, half /= 2) {
      const ends = this.#part(places, from, to, cx, cy);
      const parts = ends.map((end, quadrant) => {
        const [x, y] = centre(quadrant, cx, cy, half / 2);
        return { start: ends[quadrant - 1] ?? from, end, x, y };
      });
      const filled = parts.filter(({ start, end }) => end > start);
      const [first] = filled;
      if (first !== undefined && filled.length === 1) {
        // All in one quarter: the cell shrinks to it.
        [cx, cy] = [first.x, first.y];
        continue;
      }
      this.#area[cell] = 4 * half * half;
      for (const { start, end, x, y } of filled) this.#build(places, start, end, x, y, half / 2);
      return;
    }
  }

  /** Sorts points `from` up to `to` by quadrant; returns where each quadrant's end. */
  #part(places: Float64Array, from: number, to: number, cx: number, cy: number): number[] {
    const ends = [0, 0, 0, 0];
    for (let i = from; i < to; i++) {
      const point = this.order[i] as number;
      const right = (places[2 * point] as number) > cx ? 1 : 0;
      const quadrant = right + ((places[2 * point + 1] as number) > cy ? 2 : 0);
      this.#quadrant[i] = quadrant;
      ends[quadrant] = (ends[quadrant] as number) + 1;
    }
    let next = from;
    const starts = ends.map((count) => (next += count) - count);
    for (let i = from; i < to; i++) {
      const quadrant = this.#quadrant[i] as number;
      const at = starts[quadrant] as number;
      this.#sorted[at] = this.order[i] as number;
      starts[quadrant] = at + 1;
    }
    this.order.set(this.#sorted.subarray(from, to), from);
    return starts;
  }

  /**
   * What all points do to the one at (x, y), itself among them: writes the sums of w^2 (x - xj) and
   * of w^2 (y - yj) to `force` at `at` and `at + 1`, with w = 1 / (1 + squared distance).
   *
   * @param theta cells seen under a smaller angle (width / distance) act as one point; 0: none does
   * @returns sum of w; the point's own share is 1
   */
  repulsion(x: number, y: number, theta: number, force: Float64Array, at: number): number {
    const counts = this.#count;
    const xs = this.#x;
    const ys = this.#y;
    const areas = this.#area;
    const skips = this.#skip;
    const cells = this.#cells;
    const limit = theta * theta;
    let sum = 0;
    let forceX = 0;
    let forceY = 0;
    for (let cell = 0; cell < cells;) {
      const dx = x - (xs[cell] as number);
      const dy = y - (ys[cell] as number);
      const squared = dx * dx + dy * dy;
      if ((areas[cell] as number) >= limit * squared) {
        cell++;
        continue;
      }
      const w = 1 / (1 + squared);
      const share = (counts[cell] as number) * w;
      sum += share;
      forceX += share * w * dx;
      forceY += share * w * dy;
      cell = skips[cell] as number;
    }
    force[at] = forceX;
    force[at + 1] = forceY;
    return sum;
  }
}

function centre(quadrant: number, cx: number, cy: number, half: number): [number, number] {
  return [quadrant & 1 ? cx + half : cx - half, quadrant & 2 ? cy + half : cy - half];
}
