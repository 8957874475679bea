// The caption about rows that repeat evaluation rows.
import type { Runs } from './runs.ts';
import { strategyTitle } from './words.ts';

/** The largest counts of dev and of test, each with its strategy; undefined if no chosen row repeats one. */
export function leakNote({ cells }: Runs, title: string): string | undefined {
  const worst = ['dev', 'test'].flatMap((side) => {
    const counts = cells.map((cell) => ({ cell, count: cell.leaks[`leak_${side}`] ?? 0 }));
    const most = Math.max(0, ...counts.map(({ count }) => count));
    const found = counts.find(({ count }) => count === most);
    if (most === 0 || found === undefined) return [];
    return [`${most} of ${side} (${strategyTitle(found.cell.strategy)}, N = ${found.cell.num})`];
  });
  return worst.length === 0
    ? undefined
    : `Chosen rows that repeat rows of ${title}, at most: ${worst.join(', ')}.`;
}
