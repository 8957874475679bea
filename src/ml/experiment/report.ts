/** Receives the progress, metrics and notes of a training. A stage of the stage kit is one. */
export interface Report {
  progress(done: number, total: number, unit: string): void;
  metric(name: string, value: number, step: number): void;
  note(text: string): void;
}

/** Between two progress reports. A step of a small model takes 5 ms, so one per step would be too many. */
const INTERVAL_MS = 250;

/** Forwards the first report, the last one, and one per interval between them. */
export function throttledProgress(report: Report, unit: string) {
  let last = -Infinity;
  return (done: number, total: number): void => {
    const now = performance.now();
    if (done < total && now - last < INTERVAL_MS) return;
    last = now;
    report.progress(done, total, unit);
  };
}
