/**
 * Holm's step-down correction: p values adjusted so that a family of tests has one error rate.
 * Null means that a test could not be made; it does not count in the family.
 */
export function holm(p: readonly (number | null)[]): readonly (number | null)[] {
  const made = p.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  made.sort((a, b) => a.value - b.value || a.index - b.index);
  const adjusted: (number | null)[] = p.map(() => null);
  let running = 0;
  for (const [rank, { value, index }] of made.entries()) {
    running = Math.max(running, Math.min(1, (made.length - rank) * value));
    adjusted[index] = running;
  }
  return adjusted;
}
