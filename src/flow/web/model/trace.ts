import type { RunPage } from './page.ts';

/** An event in the Trace Event Format, which Perfetto and chrome://tracing open. Times are in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'M' | 'C';
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** One slice per instance that ran, in the row of its worker, and the number of active instances. */
export function traceOf(page: RunPage): { readonly traceEvents: readonly TraceEvent[] } {
  const start = page.startedAt;
  const ran = page.instances.flatMap((instance) => {
    const { startedAt, endedAt, lane } = instance;
    if (startedAt === undefined || endedAt === undefined || lane === undefined) return [];
    return [{ ...instance, startedAt, endedAt, lane }];
  });
  const lanes = [...new Set(ran.map(({ lane }) => lane))].sort((a, b) => a - b);
  const edges = ran
    .flatMap(({ startedAt, endedAt }) => [
      { at: startedAt, by: 1 },
      { at: endedAt, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let running = 0;
  return {
    traceEvents: [
      named('process_name', 0, `flow run ${page.file} (${page.run})`),
      ...lanes.map((lane) => named('thread_name', lane + 1, `worker ${lane + 1}`)),
      ...ran.map((one): TraceEvent => ({
        name: one.id,
        cat: one.stage,
        ph: 'X',
        pid: 1,
        tid: one.lane + 1,
        ts: (one.startedAt - start) * 1000,
        dur: (one.endedAt - one.startedAt) * 1000,
        args: { outcome: one.state, attempt: one.attempt, key: one.key ?? null, ...one.axes },
      })),
      ...edges.map(({ at, by }): TraceEvent => {
        running += by;
        const ts = (at - start) * 1000;
        return { name: 'running', ph: 'C', pid: 1, tid: 0, ts, args: { instances: running } };
      }),
    ],
  };
}

function named(name: string, tid: number, value: string): TraceEvent {
  return { name, ph: 'M', pid: 1, tid, args: { name: value } };
}
