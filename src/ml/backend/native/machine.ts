// The facts of the machine that the bytes of TensorFlow's kernels depend on.
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The instruction sets from which TensorFlow's CPU kernels choose. */
export function cpuLevel(): string {
  if (process.arch !== 'x64') return process.arch;
  const flags = cpuFlags();
  if (flags.size === 0) return 'x64';
  const has = (...names: readonly string[]) => names.every((name) => flags.has(name));
  if (has('amx_tile')) return 'x64-amx';
  if (has('avx512f', 'avx512bw', 'avx512dq', 'avx512vl')) return 'x64-avx512';
  if (has('avx2', 'fma')) return 'x64-avx2';
  return has('avx') ? 'x64-avx' : 'x64-sse';
}

/** Whether the CPU has instructions for bfloat16. */
export function hasBfloat16(): boolean {
  const flags = cpuFlags();
  return flags.has('avx512_bf16') || flags.has('amx_bf16');
}

/** The CPU's flags in Linux; empty elsewhere. */
function cpuFlags(): ReadonlySet<string> {
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? '';
    return new Set(line.trim().split(' '));
  } catch {
    return new Set();
  }
}

export function hasNvidiaDriver(): boolean {
  return existsSync('/dev/nvidiactl');
}

/** Models of the NVIDIA cards, as their driver names them. */
export async function gpuModel(): Promise<string> {
  const folder = '/proc/driver/nvidia/gpus';
  const cards = await readdir(folder).catch(() => []);
  const models = await Promise.all(
    cards.map(async (card) => {
      const text = await readFile(path.join(folder, card, 'information'), 'utf8').catch(() => '');
      return /^Model:\s*(.*)$/m.exec(text)?.[1] ?? 'unknown';
    }),
  );
  return `gpu ${[...new Set(models)].sort().join(', ')}`.trim();
}
