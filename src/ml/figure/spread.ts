/**
 * Moves labels apart, each as little as possible: positions ascend by at least `gap`, and stay
 * inside [low, high] as long as there is room.
 *
 * @returns positions in the order of the given ones
 */
export function spread(
  wanted: readonly number[],
  gap: number,
  low: number,
  high: number,
): readonly number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => at(wanted, a) - at(wanted, b) || a - b);
  // Labels that would touch form a block around the mean of their wanted positions.
  const blocks: { sum: number; members: number[] }[] = [];
  const top = (block: { sum: number; members: number[] }) => {
    const height = (block.members.length - 1) * gap;
    const centred = block.sum / block.members.length - height / 2;
    return Math.max(low, Math.min(high - height, centred));
  };
  for (const index of order) {
    let block = { sum: at(wanted, index), members: [index] };
    for (;;) {
      const above = blocks.at(-1);
      if (above === undefined || top(above) + above.members.length * gap <= top(block)) break;
      blocks.pop();
      block = { sum: above.sum + block.sum, members: [...above.members, ...block.members] };
    }
    blocks.push(block);
  }
  const placed: number[] = wanted.map(() => 0);
  for (const block of blocks) {
    for (const [i, member] of block.members.entries()) placed[member] = top(block) + i * gap;
  }
  return placed;
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}
