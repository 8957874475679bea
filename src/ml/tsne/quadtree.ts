/** Points closer together than this share of the whole square count as one place. */
const MAX_DEPTH = 40;
const NONE = -1;

/**
 * A quadtree over points in the plane (Barnes and Hut 1986): each cell knows how many points it
 * holds and their centre, so that far cells act as one point. Built anew for every set of places;
 * the arrays are kept.
 */
export class Quadtree {
  #capacity: number;
  #used = 0;
  /** Four a cell; NONE where there is none. */
  #children: Int32Array;
  #count: Float64Array;
  #x: Float64Array;
  #y: Float64Array;
  readonly #stack: Int32Array = new Int32Array(4 * MAX_DEPTH + 8);
  readonly #widths: Float64Array = new Float64Array(4 * MAX_DEPTH + 8);
  #width = 0;

  constructor(points: number) {
    this.#capacity = Math.max(64, 2 * points);
    this.#children = new Int32Array(4 * this.#capacity);
    this.#count = new Float64Array(this.#capacity);
    this.#x = new Float64Array(this.#capacity);
    this.#y = new Float64Array(this.#capacity);
  }

  /** @param places x and y of each point, alternating */
  build(places: Float64Array): void {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < places.length; i += 2) {
      left = Math.min(left, places[i] as number);
      right = Math.max(right, places[i] as number);
      top = Math.min(top, places[i + 1] as number);
      bottom = Math.max(bottom, places[i + 1] as number);
    }
    this.#width = Math.max(right - left, bottom - top);
    this.#used = 0;
    const half = this.#width / 2;
    const root = this.#cell(places[0] as number, places[1] as number);
    for (let i = 2; i < places.length; i += 2) {
      this.#insert(
        root,
        places[i] as number,
        places[i + 1] as number,
        left + half,
        top + half,
        half,
      );
    }
  }

  #cell(x: number, y: number): number {
    if (this.#used === this.#capacity) this.#grow();
    const cell = this.#used++;
    this.#children.fill(NONE, 4 * cell, 4 * cell + 4);
    this.#count[cell] = 1;
    this.#x[cell] = x;
    this.#y[cell] = y;
    return cell;
  }

  #grow(): void {
    this.#capacity *= 2;
    const children = new Int32Array(4 * this.#capacity);
    children.set(this.#children);
    this.#children = children;
    const longer = (values: Float64Array) => {
      const next = new Float64Array(this.#capacity);
      next.set(values);
      return next;
    };
    this.#count = longer(this.#count);
    this.#x = longer(this.#x);
    this.#y = longer(this.#y);
  }

  /** @param cx,cy,half centre and half the width of the square of `cell` */
  #insert(cell: number, x: number, y: number, cx: number, cy: number, half: number): void {
    for (let depth = 0; ; depth++) {
      const count = this.#count[cell] as number;
      const [oldX, oldY] = [this.#x[cell] as number, this.#y[cell] as number];
      const isLeaf = this.#isLeaf(cell);
      // A leaf with two points at one place stays a leaf.
      const together = isLeaf && ((oldX === x && oldY === y) || depth >= MAX_DEPTH);
      if (isLeaf && !together) {
        const child = this.#cell(oldX, oldY);
        this.#count[child] = count;
        this.#children[4 * cell + quadrant(oldX, oldY, cx, cy)] = child;
      }
      this.#count[cell] = count + 1;
      if (!together || depth >= MAX_DEPTH) {
        this.#x[cell] = oldX + (x - oldX) / (count + 1);
        this.#y[cell] = oldY + (y - oldY) / (count + 1);
      }
      if (together) return;
      const slot = quadrant(x, y, cx, cy);
      const child = this.#children[4 * cell + slot] as number;
      if (child === NONE) {
        // #cell may replace the array: first make the cell, then write.
        const made = this.#cell(x, y);
        this.#children[4 * cell + slot] = made;
        return;
      }
      half /= 2;
      cx += slot & 1 ? half : -half;
      cy += slot & 2 ? half : -half;
      cell = child;
    }
  }

  #isLeaf(cell: number): boolean {
    for (let slot = 4 * cell; slot < 4 * cell + 4; slot++) {
      if (this.#children[slot] !== NONE) return false;
    }
    return true;
  }

  /**
   * What all points do to the one at (x, y), itself among them: adds sum of w^2 (x - xj) and of
   * w^2 (y - yj) to `force` at `at` and `at + 1`, with w = 1 / (1 + squared distance).
   *
   * @param theta cells seen under a smaller angle (width / distance) act as one point; 0: none does
   * @returns sum of w; the point's own share is 1
   */
  repulsion(x: number, y: number, theta: number, force: Float64Array, at: number): number {
    const [stack, widths] = [this.#stack, this.#widths];
    const [children, counts, xs, ys] = [this.#children, this.#count, this.#x, this.#y];
    const limit = theta * theta;
    let [sum, forceX, forceY] = [0, 0, 0];
    let height = 1;
    stack[0] = 0;
    widths[0] = this.#width;
    while (height > 0) {
      const cell = stack[--height] as number;
      const width = widths[height] as number;
      const dx = x - (xs[cell] as number);
      const dy = y - (ys[cell] as number);
      const squared = dx * dx + dy * dy;
      let inner = false;
      if (width * width >= limit * squared) {
        for (let slot = 4 * cell; slot < 4 * cell + 4; slot++) {
          const child = children[slot] as number;
          if (child === NONE) continue;
          inner = true;
          stack[height] = child;
          widths[height++] = width / 2;
        }
      }
      if (inner) continue;
      const w = 1 / (1 + squared);
      const share = (counts[cell] as number) * w;
      sum += share;
      forceX += share * w * dx;
      forceY += share * w * dy;
    }
    force[at] = (force[at] as number) + forceX;
    force[at + 1] = (force[at + 1] as number) + forceY;
    return sum;
  }
}

function quadrant(x: number, y: number, cx: number, cy: number): number {
  return (x > cx ? 1 : 0) + (y > cy ? 2 : 0);
}
