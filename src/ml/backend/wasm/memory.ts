// The memory of the kernels: permanent parameters at the bottom, and above them the tensors of one run,
// which are released together.

/** Byte address; a multiple of 16, and its block ends at one, so that kernels may take whole vectors. */
export type Address = number;

const PAGE = 65536;
const MAX_BYTES = 65536 * PAGE;
/** Address 0 means "none" to the kernels. */
const START = 1024;

export class Memory {
  readonly memory = new WebAssembly.Memory({ initial: 16, maximum: MAX_BYTES / PAGE });
  /** End of the permanent memory. */
  #base = START;
  #top = START;
  #running = false;
  #floats = new Float32Array(this.memory.buffer);

  /** Permanent memory, zeroed. Not inside a run, whose tensors are above it. */
  keep(bytes: number): Address {
    if (this.#running) throw new Error('parameters are made outside of a run');
    const address = this.#take(bytes);
    this.#base = this.#top;
    return this.clear(address, bytes);
  }

  /** Memory until the run ends, not zeroed. */
  take(bytes: number): Address {
    if (!this.#running) throw new Error('tensors are made inside of a run');
    return this.#take(bytes);
  }

  begin(): void {
    if (this.#running) throw new Error('a run is going on already');
    this.#running = true;
  }

  end(): void {
    this.#running = false;
    this.#top = this.#base;
  }

  /** Bytes of the permanent memory. */
  get kept(): number {
    return this.#base;
  }

  get running(): boolean {
    return this.#running;
  }

  clear(address: Address, bytes: number): Address {
    new Uint8Array(this.memory.buffer, address, rounded(bytes)).fill(0);
    return address;
  }

  /** A view, until memory next grows. */
  floats(address: Address, length: number): Float32Array {
    if (this.#floats.buffer !== this.memory.buffer) {
      this.#floats = new Float32Array(this.memory.buffer);
    }
    return this.#floats.subarray(address >>> 2, (address >>> 2) + length);
  }

  /** A view, until memory next grows. */
  integers(address: Address, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  #take(bytes: number): Address {
    const address = this.#top;
    const end = address + rounded(bytes);
    if (end > MAX_BYTES) {
      throw new Error(
        `out of memory: WebAssembly has 4 GiB; take a smaller batch or a shorter length`,
      );
    }
    const lacking = end - this.memory.buffer.byteLength;
    if (lacking > 0) {
      // A quarter of the present size at least, so that growing takes few steps.
      const room = Math.max(lacking, this.memory.buffer.byteLength >>> 2);
      this.memory.grow(Math.ceil(Math.min(room, MAX_BYTES - this.memory.buffer.byteLength) / PAGE));
    }
    this.#top = end;
    return address;
  }
}

function rounded(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
