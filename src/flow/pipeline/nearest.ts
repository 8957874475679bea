import { distance } from 'fastest-levenshtein';

/**
 * The candidate that the user probably meant: it differs in at most a third of its letters. Else
 * undefined.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean 'x'?`, or the list of the candidates if none is similar. */
export function suggest(name: string, candidates: Iterable<string>, known: string): string {
  const all = [...candidates];
  const near = nearest(name, all);
  if (near !== undefined) return `did you mean '${near}'?`;
  if (all.length === 0) return `there are no ${known}`;
  const shown = all.slice(0, 12).join(', ');
  return `the ${known} are: ${shown}${all.length > 12 ? ', …' : ''}`;
}

/**
 * The number of insertions, deletions and substitutions. One swap of neighbours, the most common
 * typing error, counts as one.
 */
function editDistance(a: string, b: string): number {
  let least = distance(a, b);
  for (let i = 1; i < a.length && least > 1; i++) {
    const swapped = a.slice(0, i - 1) + a[i] + a[i - 1] + a.slice(i + 1);
    least = Math.min(least, distance(swapped, b) + 1);
  }
  return least;
}
