import { cpus, release, totalmem } from 'node:os';
import type { Machine } from '../../core/run-record.ts';

/** What this process runs on. */
export function thisMachine(flow: string): Machine {
  const processors = cpus();
  return {
    os: process.platform,
    release: release(),
    arch: process.arch,
    cpuModel: processors[0]?.model.trim() ?? 'unknown',
    cpus: processors.length,
    memoryBytes: totalmem(),
    node: process.versions.node,
    flow,
  };
}
