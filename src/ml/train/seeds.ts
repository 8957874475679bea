/** The rule for a training's seed: the run's seed, a fixed number, or a number that grows with the seed. */
export type SeedRule = null | number | { readonly base: number; readonly per_seed: number };

/**
 * The seed of one training. `null` follows the run's seed; a number is the same in every run;
 * `{ base: 200, per_seed: 1 }` is 200 + seed, as the original seeds its TD-MTDNN.
 *
 * @param name of the param, for messages
 * @param rule from the pipeline, not yet checked
 * @param seed the axis `seed`
 * @throws saying which forms there are
 */
export function trainingSeed(name: string, rule: unknown, seed: number): number {
  if (rule === null) return seed;
  if (isInteger(rule)) return rule;
  if (typeof rule === 'object') {
    const { base, per_seed: perSeed, ...rest } = rule as Record<string, unknown>;
    if (isInteger(base) && isInteger(perSeed) && Object.keys(rest).length === 0) {
      return base + perSeed * seed;
    }
  }
  throw new Error(
    `param '${name}' is ${JSON.stringify(rule)}: write null (the run's seed), an integer, or { base: 200, per_seed: 1 }`,
  );
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
