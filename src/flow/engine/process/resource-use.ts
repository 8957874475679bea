import { childrenOf, memoryOf, statOf } from '../../store/process/proc.ts';

/**
 * The resource use of a stage's processes, from samples. Missing if it ended before the first
 * sample.
 */
export interface ResourceUse {
  /** Milliseconds of all processes that were seen or waited for. */
  readonly cpuMs: number;
  /** The maximum memory of its processes at one time. */
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
      cpuMs += (statOf(pid)?.cpuTicks ?? 0) * tickMs;
      rssBytes += memoryOf(pid);
    }
    // A child's time goes over to its parent when it is waited for, and is lost when nobody does.
    this.#cpuMs = Math.max(this.#cpuMs, cpuMs);
    this.#maxRssBytes = Math.max(this.#maxRssBytes, rssBytes);
  }
}

function descendants(root: number): readonly number[] {
  const found = [root];
  for (const pid of found) found.push(...childrenOf(pid));
  return found;
}
