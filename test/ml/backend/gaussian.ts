/** Of the normal distribution. */
export function density(t: number): number {
  return Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
}

/** The normal distribution function, by Simpson's rule. */
export function normalBelow(x: number): number {
  const n = 400;
  let sum = density(0) + density(x);
  for (let i = 1; i < n; i++) sum += density((x * i) / n) * (i % 2 === 1 ? 4 : 2);
  return 0.5 + (sum * x) / n / 3;
}
