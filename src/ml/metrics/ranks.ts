/**
 * Ranks from 1 for the smallest; equal values share the mean of their places (scipy's `rankdata`,
 * method `average`). All NaN if one value is.
 */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const numbers = Float64Array.from(values);
  const ranks = new Float64Array(numbers.length);
  if (numbers.some(Number.isNaN)) return ranks.fill(Number.NaN);
  const order = Uint32Array.from(numbers.keys()).sort((a, b) => {
    const [x, y] = [numbers[a] as number, numbers[b] as number];
    return x < y ? -1 : x > y ? 1 : 0; // a difference of infinities would be NaN
  });
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (
      end < order.length &&
      numbers[order[end] as number] === numbers[order[start] as number]
    ) {
      end += 1;
    }
    for (let i = start; i < end; i++) ranks[order[i] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}
