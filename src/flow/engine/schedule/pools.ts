type Amounts = Readonly<Record<string, number>>;

/** The free amounts by pool. A request above the size of a pool takes all of it. */
export class Pools {
  readonly #capacity: Amounts;
  readonly #free: Map<string, number>;

  constructor(capacity: Amounts) {
    this.#capacity = capacity;
    this.#free = new Map(Object.entries(capacity));
  }

  /** The pools in which these amounts do not fit now. */
  lacking(wanted: Amounts): readonly string[] {
    return Object.keys(wanted).filter(
      (pool) => this.#clamped(wanted, pool) > (this.#free.get(pool) ?? 0),
    );
  }

  take(wanted: Amounts): void {
    for (const pool of Object.keys(wanted)) {
      this.#free.set(pool, (this.#free.get(pool) ?? 0) - this.#clamped(wanted, pool));
    }
  }

  release(wanted: Amounts): void {
    for (const pool of Object.keys(wanted)) {
      this.#free.set(pool, (this.#free.get(pool) ?? 0) + this.#clamped(wanted, pool));
    }
  }

  #clamped(wanted: Amounts, pool: string): number {
    return Math.min(wanted[pool] ?? 0, this.#capacity[pool] ?? 0);
  }
}

/**
 * Capacities for these demands: cpu is `jobs`; memory, unless configured, is the machine's (bytes); any other
 * pool that nobody configured holds the largest single demand, so that its users exclude each other.
 */
export function capacities(
  demands: readonly Amounts[],
  jobs: number,
  configured: Amounts,
  memory: number,
): Readonly<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const demand of demands) {
    for (const pool in demand) {
      result[pool] = Math.max(result[pool] ?? 0, demand[pool] ?? 0);
    }
  }
  if (result['memory'] !== undefined) result['memory'] = memory;
  return { ...result, ...configured, cpu: Math.max(1, jobs) };
}

/**
 * Stages that request more than the size of a pool; they get all of it. Not for cpu, because `jobs`
 * can have any value.
 */
export function tooLargeDemands(
  instances: readonly { readonly stage: string; readonly pool: Amounts }[],
  capacity: Amounts,
): readonly string[] {
  const messages = new Set<string>();
  for (const { stage, pool } of instances) {
    for (const [name, amount] of Object.entries(pool)) {
      const holds = capacity[name] ?? 0;
      if (name === 'cpu' || amount <= holds) continue;
      messages.add(
        `${stage} requests ${amount} of pool '${name}', whose size is ${holds}: it gets the whole pool`,
      );
    }
  }
  return [...messages];
}

/**
 * Device ids for instances that take from the gpu pool: those of the driver's own CUDA_VISIBLE_DEVICES
 * if it is set, otherwise 0, 1, …; lowest first.
 */
export class Devices {
  #free: string[];
  readonly #order: readonly string[];

  constructor(count: number, visible: string | undefined) {
    const named = visible?.split(',').map((id) => id.trim());
    this.#order = named?.some((id) => id !== '')
      ? named
      : Array.from({ length: Math.max(0, Math.ceil(count)) }, (_, index) => String(index));
    this.#free = [...this.#order];
  }

  take(amount: number): readonly string[] {
    return this.#free.splice(0, Math.ceil(amount));
  }

  release(ids: readonly string[]): void {
    const back = new Set([...this.#free, ...ids]);
    this.#free = this.#order.filter((id) => back.has(id));
  }
}
