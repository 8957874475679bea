// The data of a figure: one value per cell and seed, and one per baseline and seed.

/** The strategy to which the others are compared. */
export const CONTROL = 'random';

/** The content of a metrics.json, which has one level. */
export type Metrics = Readonly<Record<string, unknown>>;

/** The `num` auxiliary rows that a strategy chose. */
export interface Selection {
  readonly strategy: string;
  readonly num: number;
  readonly seed: number;
  /** Rows of each task; empty if not known. */
  readonly use: Readonly<Record<string, number>>;
  /** Rows of the candidate pool; null if not known. */
  readonly pool: number | null;
  /** Rows that repeat evaluation rows, by the names of use_data.json: `leak_dev`, `leak_pool_test`, … */
  readonly leaks: Readonly<Record<string, number>>;
}

/** One cell of the experiment: a selection, and the result of training on it. */
export interface Cell extends Selection {
  readonly score: number;
  readonly metrics: Metrics;
}

export type BaselineName = 'st' | 'mt';

/** `st`: fine-tuning alone. `mt`: training on all rows of all tasks, then fine-tuning. */
export interface Baseline {
  readonly name: BaselineName;
  readonly seed: number;
  readonly score: number;
  readonly metrics: Metrics;
}

export interface Runs {
  readonly primary: string;
  readonly cells: readonly Cell[];
  readonly baselines: readonly Baseline[];
}

/** One instance's metrics with its axes, as a stage collects them. */
export interface Collected<T> {
  readonly axes: Readonly<Record<string, string | number | boolean>>;
  readonly value: T;
}

export interface Collections {
  readonly scores: readonly Collected<Metrics>[];
  readonly use: readonly Collected<Metrics>[];
  readonly baselines: Readonly<Partial<Record<BaselineName, readonly Collected<Metrics>[]>>>;
}

/**
 * Joins scores and selections by (strategy, num, seed), in the order of strategies (the control
 * first), num and seed.
 *
 * @throws if an axis or a score is missing, or two cells have the same axes
 */
export function gatherRuns(primary: string, from: Collections): Runs {
  const use = new Map(from.use.map((item) => [cellName(item.axes), item.value]));
  const cells = inOrder(
    from.scores.map(({ axes, value }): Cell => ({
      ...selectionAxes(axes),
      score: scoreOf(value, cellName(axes)),
      metrics: value,
      ...taken(use.get(cellName(axes))),
    })),
  );
  const names = new Set(from.scores.map(({ axes }) => cellName(axes)));
  if (names.size < cells.length) throw new Error('two scores have the same strategy, num and seed');
  const baselines = (['st', 'mt'] as const).flatMap((name) =>
    (from.baselines[name] ?? [])
      .map(({ axes, value }): Baseline => ({
        name,
        seed: numberAxis(axes, 'seed'),
        score: scoreOf(value, `${name} ${cellName(axes)}`),
        metrics: value,
      }))
      .sort((a, b) => a.seed - b.seed),
  );
  return { primary, cells, baselines };
}

/** What each selection took, in the order of `gatherRuns`. */
export function gatherSelections(use: readonly Collected<Metrics>[]): readonly Selection[] {
  return inOrder(use.map(({ axes, value }) => ({ ...selectionAxes(axes), ...taken(value) })));
}

function inOrder<T extends Selection>(items: readonly T[]): readonly T[] {
  const rank = new Map(strategyOrder(items.map(({ strategy }) => strategy)).map((s, i) => [s, i]));
  const place = ({ strategy }: T) => rank.get(strategy) ?? 0;
  return [...items].sort((a, b) => place(a) - place(b) || a.num - b.num || a.seed - b.seed);
}

/** The control first, then by name. The collected order is only that of the canonical axes. */
function strategyOrder(strategies: readonly string[]): readonly string[] {
  const others = [...new Set(strategies)].filter((name) => name !== CONTROL).sort();
  return [CONTROL, ...others];
}

function selectionAxes(axes: AxisValues) {
  return {
    strategy: textAxis(axes, 'strategy'),
    num: numberAxis(axes, 'num'),
    seed: numberAxis(axes, 'seed'),
  };
}

type AxisValues = Collected<unknown>['axes'];

function cellName(axes: AxisValues): string {
  return ['strategy', 'num', 'seed'].map((axis) => `${axis}=${String(axes[axis])}`).join(',');
}

function textAxis(axes: AxisValues, name: string): string {
  const value = axes[name];
  if (value === undefined) throw new Error(`a collected score has no axis '${name}'`);
  return String(value);
}

function numberAxis(axes: AxisValues, name: string): number {
  const value = axes[name];
  if (typeof value !== 'number') {
    throw new Error(`a collected score has no number as its axis '${name}'`);
  }
  return value;
}

/** A run that diverged has no score, and must not enter a mean. */
function scoreOf(metrics: Metrics, where: string): number {
  const { score } = metrics;
  if (typeof score !== 'number' || !Number.isFinite(score)) {
    throw new Error(`the metrics of ${where} hold no finite 'score'`);
  }
  return score;
}

/** Of a selection's use_data.json: the counts of all tasks, `pool`, and the counts of leaks. */
function taken(metrics: Metrics | undefined): Pick<Selection, 'use' | 'pool' | 'leaks'> {
  const { pool = null, ...counts } = metrics ?? {};
  const numbers = Object.entries(counts).filter(([, value]) => typeof value === 'number');
  const part = (ofLeaks: boolean) =>
    Object.fromEntries(numbers.filter(([name]) => name.startsWith('leak_') === ofLeaks)) as Record<
      string,
      number
    >;
  return { use: part(false), pool: typeof pool === 'number' ? pool : null, leaks: part(true) };
}
