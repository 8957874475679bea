// Describes the backends of this machine: the facts found, the one in use, and how to get the others.
import type { BackendFacts, Precision } from '../../ml/backend/backend.ts';
import { findInstalled } from '../../ml/backend/installed.ts';
import { hasNvidiaDriver } from '../../ml/backend/native/machine.ts';
import { AUTO_ORDER, openBackend } from '../../ml/backend/open.ts';
import type { BackendName } from '../../ml/backend/open.ts';
import { compilerLacks } from './compile.ts';
import { machineLacks, whyNoCuda, whyNoGpu } from './lacks.ts';

/** As `flow doctor` reads it. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'note' | 'problem';
  readonly found: string;
  readonly hint?: string;
}

interface Here {
  readonly facts: BackendFacts;
  /** Only for native TensorFlow: its origin, and the places where flow looked before without success. */
  readonly from?: string;
  readonly passedOver?: readonly string[];
}

/** The result of opening a backend. */
export type Opened =
  | Here
  /** The first line is the problem. Each later line is ` place: reason` for a place where flow looked. */
  | { readonly error: string };

/** With the output of the libraries. */
export type Seen = Opened & { readonly said: string };

export type Look = (name: BackendName, precision: Precision) => Promise<Seen>;

export async function tryBackend(name: BackendName, precision: Precision): Promise<Opened> {
  try {
    const { facts } = await openBackend(name, precision);
    if (facts.backend !== 'tensorflow') return { facts };
    const { loadAddon } = await import('../../ml/backend/native/load.ts');
    const { from, passedOver } = await loadAddon();
    return { facts, from, passedOver: passedOver.filter(isNoted) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** @param look opens a backend where it can do no harm, in a process of its own */
export async function surveyBackends(
  look: Look,
  env: NodeJS.ProcessEnv,
): Promise<readonly Check[]> {
  const onRequest = checkOnRequest(look);
  const [auto, ...seen] = await Promise.all((['auto', ...AUTO_ORDER] as const).map((name) => look(name, 'fp32'))); // prettier-ignore
  const checks = AUTO_ORDER.map((name, i) => checkBackend(name, seen[i] as Seen, env));
  return [
    checkAuto(auto as Seen),
    ...(await Promise.all(checks)),
    ...(await onRequest),
    ...checkGpu(seen[AUTO_ORDER.indexOf('tensorflow')] as Seen),
  ];
}

/** Backends that `auto` never chooses, if the machine has them. */
async function checkOnRequest(look: Look): Promise<readonly Check[]> {
  const [relaxed, half] = await Promise.all([look('wasm-relaxed', 'fp32'), look('tensorflow', 'bf16')]); // prettier-ignore
  const found = 'native TensorFlow can compute products in bf16 (-p precision=bf16)';
  return [
    ...('facts' in relaxed ? [here('wasm-relaxed', relaxed)] : []),
    ...('facts' in half ? [{ name: 'precision', state: 'ok', found } as const] : []),
  ];
}

function checkAuto(seen: Seen): Check {
  const name = 'backend';
  if ('error' in seen) return { name, state: 'problem', found: seen.error, hint: '-p backend=wasm chooses the backend that needs no library' }; // prettier-ignore
  const found = `auto chooses ${seen.facts.backend}: the first of ${AUTO_ORDER.join(', ')} that works on this machine`; // prettier-ignore
  return { name, state: 'ok', found, hint: 'choose another one with -p backend=NAME' };
}

async function checkBackend(
  name: (typeof AUTO_ORDER)[number],
  seen: Seen,
  env: NodeJS.ProcessEnv,
): Promise<Check> {
  if ('facts' in seen) return here(name, seen);
  switch (name) {
    case 'tensorflow':
      return { name, state: 'note', ...(await withoutTensorFlow(seen.error, env)) };
    case 'webgpu':
      return { name, state: 'note', ...withoutWebGpu(seen) };
    case 'wasm':
    case 'cpu':
      return { name, state: 'problem', found: seen.error, hint: 'run npm ci' };
  }
}

function here(name: string, { facts, from, passedOver = [] }: Here): Check {
  const { library, simd, threads, kernels, backend } = facts;
  const own = backend.startsWith('wasm');
  const parts = [
    own ? 'own kernels' : library,
    ...(simd === 'none' ? ['plain JavaScript'] : [simd]),
    ...(own && kernels !== null ? [kernels.slice(0, 8)] : []),
    threads === 1 ? '1 thread' : `${threads} threads`,
    ...(from === undefined ? [] : [`from ${from}`]),
  ];
  const found = parts.join(', ');
  if (passedOver.length > 0) {
    const hint = `these do not load and are not used: ${passedOver.join('; ')}`;
    return { name, state: 'note', found, hint };
  }
  if (backend === 'cpu')
    return { name, state: 'ok', found: `${found}: slow, for comparisons only` };
  if (backend !== 'webgpu' || !/swiftshader|llvmpipe/i.test(simd)) return { name, state: 'ok', found }; // prettier-ignore
  const hint = "it is slower than 'wasm': if the machine has a GPU, install its driver";
  return { name, state: 'note', found: `${found}: a program that simulates a GPU; auto does not choose it`, hint }; // prettier-ignore
}

async function withoutTensorFlow(error: string, env: NodeJS.ProcessEnv) {
  const places = error
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter(isNoted);
  const added = findInstalled('tensorflow') ?? findInstalled('tensorflow-gpu');
  if (added !== undefined) {
    const hint = `'flow backend add ${added.about.name}' builds it again`;
    return { found: `does not load: ${places.join('; ')}`, hint };
  }
  const lack = machineLacks('tensorflow');
  const compiler = await compilerLacks(env);
  const hint =
    lack?.hint ??
    `'flow backend add tensorflow' builds it (230 MB download, 0.7 GB on disk)${compiler === undefined ? '' : `; ${compiler.found}: ${compiler.hint}`}`;
  return { found: ['not installed', ...places].join('; '), hint };
}

function withoutWebGpu({ error, said }: { readonly error: string; readonly said: string }) {
  if (findInstalled('webgpu') === undefined) {
    const hint = machineLacks('webgpu')?.hint ?? "'flow backend add webgpu' downloads it (51 MB); it works with GPUs of any manufacturer"; // prettier-ignore
    return { found: 'not installed', hint };
  }
  if (error.includes('no Vulkan driver')) return whyNoGpu(said);
  return { found: error, hint: "'flow backend add webgpu' downloads it again" };
}

/** Whether a place without the library is worth a note. Most machines have no npm package of it. */
function isNoted(reason: string): boolean {
  return !reason.endsWith(': not installed');
}

function noteOnGpu(found: string, hint: string): readonly Check[] {
  return [{ name: 'gpu', state: 'note', found, hint }];
}

/** A GPU that no backend uses, or a build for a GPU that computes on the CPU or does not work. */
function checkGpu(tensorflow: Seen): readonly Check[] {
  const added = findInstalled('tensorflow-gpu') !== undefined;
  if ('facts' in tensorflow) {
    const { facts, from = '', said } = tensorflow;
    if (facts.simd.startsWith('gpu')) return [];
    if (from.endsWith('-gpu')) {
      const { found, hint } = whyNoCuda(said);
      return noteOnGpu(`${from} ${found}, and computes on the CPU`, hint);
    }
    if (added && !hasNvidiaDriver()) {
      return noteOnGpu(
        `tensorflow-gpu is installed, but this machine has no NVIDIA GPU: flow uses ${from}`,
        "'flow backend remove tensorflow-gpu' frees 4.1 GB",
      );
    }
  }
  if (added || !hasNvidiaDriver()) return [];
  return noteOnGpu(
    'this machine has an NVIDIA GPU, but native TensorFlow does not use it',
    "'flow backend add tensorflow-gpu' builds it (2.4 GB download, 4.1 GB on disk)",
  );
}
