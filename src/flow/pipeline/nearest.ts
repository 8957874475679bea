import { distance } from 'fastest-levenshtein';

/** The candidate a person most likely meant: at most a third of its letters away, else undefined. */
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

/** `did you mean 'x'?`, or the list of what is known when nothing is near. */
export function suggest(name: string, candidates: Iterable<string>, known: string): string {
  const all = [...candidates];
  const near = nearest(name, all);
  if (near !== undefined) return `did you mean '${near}'?`;
  if (all.length === 0) return `there are no ${known}`;
  const shown = all.slice(0, 12).join(', ');
  return `the ${known} are: ${shown}${all.length > 12 ? ', …' : ''}`;
}

/** Insertions, deletions and substitutions; one swap of neighbours, the commonest slip, counts as one of them. */
function editDistance(a: string, b: string): number {
  let least = distance(a, b);
  for (let i = 1; i < a.length && least > 1; i++) {
    const swapped = a.slice(0, i - 1) + a[i] + a[i - 1] + a.slice(i + 1);
    least = Math.min(least, distance(swapped, b) + 1);
  }
  return least;
}
