import { readFileSync } from 'node:fs';

/** What a stage's processes used, as sampled. Absent where it ended before the first sample. */
export interface ResourceUse {
  /** Milliseconds of all processes that were seen or waited for. */
  readonly cpuMs: number;
  /** The most that its processes held in memory at one time. */
  readonly maxRssBytes: number;
}

const sampleEveryMs = 250;
/** Milliseconds of one tick of /proc's clock: 100 a second on every Linux. */
const tickMs = 10;

/** Watches a process and its descendants. Linux only; elsewhere it sees nothing. */
export class ResourceMeter {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #cpuMs = 0;
  #maxRssBytes = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#sample(), sampleEveryMs);
  }

  close(): ResourceUse | undefined {
    clearInterval(this.#timer);
    if (this.#maxRssBytes === 0) return undefined;
    return { cpuMs: this.#cpuMs, maxRssBytes: this.#maxRssBytes };
  }

  #sample(): void {
    let cpuMs = 0;
    let rssBytes = 0;
    for (const pid of descendants(this.#pid)) {
      const use = useOf(pid);
      cpuMs += use?.cpuMs ?? 0;
      rssBytes += use?.rssBytes ?? 0;
    }
    // A child's time goes over to its parent when it is waited for, and is lost when nobody does.
    this.#cpuMs = Math.max(this.#cpuMs, cpuMs);
    this.#maxRssBytes = Math.max(this.#maxRssBytes, rssBytes);
  }
}

function descendants(root: number): readonly number[] {
  const found = [root];
  for (const pid of found) {
    try {
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
      for (const child of text.split(' ')) if (child.trim() !== '') found.push(Number(child));
    } catch {
      // It ended, or there is no /proc.
    }
  }
  return found;
}

function useOf(pid: number): { readonly cpuMs: number; readonly rssBytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // From the state on, which follows the name in brackets: utime, stime, cutime, cstime are 11 to 14.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1] ?? 0);
    return { cpuMs: ticks * tickMs, rssBytes: kilobytes * 1024 };
  } catch {
    return undefined;
  }
}
