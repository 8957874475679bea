// Which backends this machine has, for people: what was found, which is used, how to get the others.
import { existsSync } from 'node:fs';
import type { BackendFacts } from './backend.ts';
import { findInstalled } from './installed.ts';
import { AUTO_ORDER, openBackend } from './open.ts';
import type { BackendName } from './open.ts';

/** As `flow doctor` reads it. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'note' | 'problem';
  readonly found: string;
  readonly hint?: string;
}

export async function surveyBackends(): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const name of AUTO_ORDER) checks.push(await checkBackend(name));
  return [await checkAuto(), ...checks, ...(await checkOnRequest()), ...checkGpu()];
}

/** What is never taken unasked, where the machine has it. */
async function checkOnRequest(): Promise<readonly Check[]> {
  const relaxed = await checkBackend('wasm-relaxed');
  const half = await openBackend('tensorflow', 'bf16').catch(() => undefined);
  const found = 'native TensorFlow can compute products in bf16 (-p precision=bf16)';
  return [
    ...(relaxed.state === 'ok' ? [relaxed] : []),
    ...(half === undefined ? [] : [{ name: 'precision', state: 'ok', found } as const]),
  ];
}

async function checkAuto(): Promise<Check> {
  const { facts } = await openBackend('auto');
  const order = AUTO_ORDER.join(', ');
  const found = `auto takes ${facts.backend}, the first that is here of ${order}`;
  return { name: 'backend', state: 'ok', found };
}

async function checkBackend(name: BackendName): Promise<Check> {
  try {
    const { facts } = await openBackend(name);
    return { name, state: 'ok', found: describe(facts) };
  } catch (error) {
    const [first = '', ...reasons] = (error as Error).message.split('\n');
    const hint = reasons.map((reason) => reason.trim()).join('; ');
    return { name, state: 'note', found: first, ...(hint !== '' && { hint }) };
  }
}

function describe({ library, simd, threads, kernels }: BackendFacts): string {
  const own = kernels === null ? '' : `, kernels ${kernels.slice(0, 8)}`;
  return `${library}, ${simd}, ${threads === 1 ? '1 thread' : `${threads} threads`}${own}`;
}

/** A GPU that nothing here can use. */
function checkGpu(): readonly Check[] {
  if (!existsSync('/dev/nvidiactl') || findInstalled('tensorflow-gpu') !== undefined) return [];
  const hint = "'flow backend add tensorflow-gpu' builds it (2.4 GB to fetch)";
  return [{ name: 'gpu', state: 'note', found: 'an NVIDIA GPU, which no backend uses', hint }];
}
