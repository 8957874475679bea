/** Whom a training tells how far it is. A stage of the stage kit is one. */
export interface Report {
  progress(done: number, total: number, unit: string): void;
  metric(name: string, value: number, step: number): void;
  note(text: string): void;
}

/** Between two progress reports; a viewer needs no more, and a step of a small model takes 5 ms. */
const INTERVAL_MS = 250;

/** Passes on the first report, the last one, and between them one an interval. */
export function throttledProgress(report: Report, unit: string) {
  let last = -Infinity;
  return (done: number, total: number): void => {
    const now = performance.now();
    if (done < total && now - last < INTERVAL_MS) return;
    last = now;
    report.progress(done, total, unit);
  };
}
