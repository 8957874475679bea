import type { Axes } from './dag.ts';
import { formatValue } from './instance-id.ts';

const MAX_VALUES = 12;

/**
 * `num is one of 250, 1000`, for the first axis without any of the wanted values; else undefined.
 */
export function valuesHint(
  all: readonly Axes[],
  wanted: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  for (const [axis, values] of wanted) {
    const known = [...new Set(all.map((axes) => formatValue(axes[axis] ?? '')))];
    if (values.some((value) => known.includes(value))) continue;
    const shown = known.slice(0, MAX_VALUES).join(', ');
    return `${axis} is one of ${shown}${known.length > MAX_VALUES ? ', …' : ''}`;
  }
  return undefined;
}
