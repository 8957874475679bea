// The figure's numbers as files: data.csv and statistics.json.
import { aboutOf, type Origin } from './origin.ts';
import type { Cell, Runs, Selection } from './runs.ts';
import type { Summary } from './summary.ts';
import { scoreWord } from './words.ts';

/**
 * One row per cell and seed, and one per baseline and seed (num empty). The columns are the axes, the
 * score, all metrics and, as `rows_TASK`, the selection's rows of each task.
 */
export function dataCsv(runs: Runs): string {
  const entries = [
    ...runs.cells.map((cell) => ({ ...cell, num: String(cell.num) })),
    ...runs.baselines.map((baseline) => ({
      ...baseline,
      strategy: baseline.name,
      num: '',
      use: {} as Cell['use'],
      pool: null,
      leaks: {} as Cell['leaks'],
    })),
  ];
  const metrics = names(entries.map((entry) => entry.metrics)).filter((name) => name !== 'score');
  const tasks = names(entries.map((entry) => entry.use));
  const leaks = names(entries.map((entry) => entry.leaks));
  const header = ['primary', 'strategy', 'num', 'seed', 'score', ...metrics];
  return csv([
    [...header, ...tasks.map((task) => `rows_${task}`), 'pool', ...leaks],
    ...entries.map((entry) => [
      runs.primary,
      entry.strategy,
      entry.num,
      entry.seed,
      entry.score,
      ...metrics.map((name) => entry.metrics[name] ?? ''),
      ...tasks.map((task) => entry.use[task] ?? ''),
      entry.pool ?? '',
      ...leaks.map((name) => entry.leaks[name] ?? ''),
    ]),
  ]);
}

/** One row for each selection: its axes, then its counts by name. */
export function useCsv(primary: string, selections: readonly Selection[]): string {
  const tasks = names(selections.map(({ use }) => use));
  const leaks = names(selections.map((selection) => selection.leaks));
  return csv([
    ['primary', 'strategy', 'num', 'seed', ...tasks, 'pool', ...leaks],
    ...selections.map(({ strategy, num, seed, use, pool, leaks: found }) => [
      primary,
      strategy,
      num,
      seed,
      ...tasks.map((task) => use[task] ?? 0),
      pool ?? '',
      ...leaks.map((name) => found[name] ?? ''),
    ]),
  ]);
}

export function statisticsJson(summary: Summary, origin: Origin): string {
  const { data, settings } = origin;
  const metric = scoreWord(aboutOf(origin, summary.primary));
  const document = { data, settings, metric, ...summary };
  return `${JSON.stringify(document, rounded, 2)}\n`;
}

/**
 * Eight digits: much finer than any score, and coarse enough to hide the last bits, in which versions
 * of Node differ.
 */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(Number(value.toFixed(12)).toPrecision(8)) : value;
}

/** In the order of first appearance. */
function names(records: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

function csv(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\n`).join('');
}

function field(value: unknown): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
