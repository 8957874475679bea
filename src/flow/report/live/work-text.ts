import { formatClock, formatCount, formatRate } from '../format.ts';
import { timeLeft, type Work } from './progress.ts';
import { padStart } from '../text-width.ts';

/** `300/7000 rows  10.0/s  11:10 left` */
export function describeWork(work: Work, now: number): string {
  const parts = [`${work.done}/${work.total} ${work.unit}`];
  if (work.rate !== undefined) parts.push(`${formatRate(work.rate)}/s`);
  const left = timeLeft(work, now);
  if (left !== undefined) parts.push(`${formatClock(left)} left`);
  return parts.join('  ');
}

/** Next to a bar: ` 25%  1,000 rows/s  0:03 left`; without `unit`: ` 25%  1,000/s  0:03 left`. */
export function briefWork(work: Work, now: number, unit: boolean): string {
  const percent = work.total > 0 ? Math.floor((100 * work.done) / work.total) : 0;
  const parts = [work.total > 0 ? padStart(`${percent}%`, 4) : formatCount(work.done)];
  if (work.rate !== undefined)
    parts.push(`${formatRate(work.rate)}${unit ? ` ${work.unit}` : ''}/s`);
  const left = work.total > 0 ? timeLeft(work, now) : undefined;
  if (left !== undefined) parts.push(`${formatClock(left)} left`);
  return parts.join('  ');
}
