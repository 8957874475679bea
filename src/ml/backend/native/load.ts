// Finds TensorFlow's add-on on this machine, and says what of the machine its bytes depend on.
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import util from 'node:util';
import type { Backend, BackendFacts } from '../backend.ts';
import type { Addon } from './addon.ts';
import { kernelsDigest } from '../wasm/kernels.ts';
import { NativeBackend } from './backend.ts';
import { findInstalled } from '../installed.ts';
import { Masks } from './masks.ts';
import { Runtime } from './runtime.ts';

/** Sums depend on the number of threads: it is fixed, whatever else runs. */
const THREADS = '1';

/** @throws naming every place looked at, and how TensorFlow can be had */
export async function openNative(): Promise<Backend> {
  const { addon } = await loadAddon();
  runtime ??= new Runtime(addon);
  return new NativeBackend(runtime, await Masks.open(), await nativeFacts(addon));
}

let runtime: Runtime | undefined;

export interface LoadedAddon {
  readonly addon: Addon;
  /** `flow backend add`'s folder, or the package it came from. */
  readonly from: string;
}

let loaded: Promise<LoadedAddon> | undefined;

/** Loaded once a process: TensorFlow keeps what it has seen of the environment. */
export function loadAddon(): Promise<LoadedAddon> {
  loaded ??= findAddon();
  return loaded;
}

async function findAddon(): Promise<LoadedAddon> {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= THREADS;
  process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const reasons: string[] = [];
  for (const [name, load] of [...installed(), ...PACKAGES]) {
    try {
      return { addon: await load(), from: name };
    } catch (error) {
      reasons.push(`  ${name}: ${reasonOf(error)}`);
    }
  }
  throw new Error(
    `backend 'tensorflow' is not here: 'flow backend add tensorflow' builds it, or take 'wasm'\n${reasons.join('\n')}`,
  );
}

function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return 'not installed';
  return message.split('\n')[0] ?? message;
}

type Place = readonly [name: string, load: () => Promise<Addon>];

/** Built by `flow backend add`; the one for GPUs first where there is one. */
function installed(): readonly Place[] {
  const order = existsSync('/dev/nvidiactl')
    ? (['tensorflow-gpu', 'tensorflow'] as const)
    : (['tensorflow', 'tensorflow-gpu'] as const);
  return order.flatMap((name) => {
    const found = findInstalled(name);
    if (found === undefined) return [];
    const file = path.join(found.folder, found.about.entry);
    return [[found.folder, async () => openAddon(file)] as const];
  });
}

/** Written out, so that a bundler sees which packages may be loaded. */
const PACKAGES: readonly Place[] = [
  [
    '@tensorflow/tfjs-node-gpu',
    async () => bindingOf(await withOldUtil(() => import('@tensorflow/tfjs-node-gpu'))),
  ],
  [
    '@tensorflow/tfjs-node',
    async () => bindingOf(await withOldUtil(() => import('@tensorflow/tfjs-node'))),
  ],
];

function openAddon(file: string): Addon {
  const module = { exports: {} };
  process.dlopen(module, file);
  return module.exports as Addon;
}

/** The packages call functions that Node 23 took away. */
async function withOldUtil(load: () => Promise<unknown>): Promise<unknown> {
  const old = util as {
    isNullOrUndefined?: (value: unknown) => boolean;
    isArray?: (value: unknown) => boolean;
  };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
  return load();
}

function bindingOf(imported: unknown): Addon {
  const { default: tf } = imported as { readonly default: { backend(): unknown } };
  const { binding } = tf.backend() as { readonly binding?: Addon };
  if (binding === undefined) throw new Error('its backend is not TensorFlow');
  return binding;
}

async function nativeFacts(addon: Addon): Promise<BackendFacts> {
  return {
    backend: 'tensorflow',
    library: `TensorFlow ${addon.TF_Version}`,
    // Of them, dropout's masks.
    kernels: await kernelsDigest(),
    simd: addon.isUsingGpuDevice() ? await gpuModel() : cpuLevel(),
    threads: Number(process.env['TF_NUM_INTRAOP_THREADS']),
  };
}

/** The instruction sets between which TensorFlow's CPU kernels choose. */
export function cpuLevel(): string {
  if (process.arch !== 'x64') return process.arch;
  let flags: ReadonlySet<string>;
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? '';
    flags = new Set(line.trim().split(' '));
  } catch {
    return 'x64';
  }
  const has = (...names: readonly string[]) => names.every((name) => flags.has(name));
  if (has('amx_tile')) return 'x64-amx';
  if (has('avx512f', 'avx512bw', 'avx512dq', 'avx512vl')) return 'x64-avx512';
  if (has('avx2', 'fma')) return 'x64-avx2';
  return has('avx') ? 'x64-avx' : 'x64-sse';
}

/** Models of the NVIDIA cards, as their driver names them. */
async function gpuModel(): Promise<string> {
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
