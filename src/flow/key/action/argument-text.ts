import type { ManifestFacts, ResolvedInput } from './build-manifest.ts';
import { declaredEnv } from './build-manifest.ts';
import { canonicalJson } from '../canonical.ts';
import type { Input } from '../../pipeline/dag.ts';
import type { Code } from '../code/code.ts';
import { digestBytes, hexOf } from '../digest.ts';
import type { Platform } from '../manifest.ts';

/** The facts of a manifest. `input` returns undefined for an input that is not known. */
export interface ArgumentFacts extends Omit<ManifestFacts, 'inputs'> {
  readonly inputOf: (input: Input) => ResolvedInput | readonly ResolvedInput[] | undefined;
}

type Told = 'instance' | 'inputs' | 'code' | 'env' | 'platform' | 'host' | 'run';

/**
 * All facts that can differ between two runs of one instance, as a text: equal texts mean equal
 * manifests. So flow knows a key that it computed once from such a text, without the manifest. The
 * text is unambiguous: everything without a fixed length is JSON or follows its length, and the
 * inputs of an instance have an order.
 */
export function argumentText(facts: ManifestFacts): string {
  const text = argumentTextBy({ ...facts, inputOf: ({ name }) => facts.inputs.get(name) });
  if (text === undefined) throw new Error(`an input of ${facts.instance.id} is missing`);
  return text;
}

/** The same, without collecting the facts first. Undefined if an input is not known. */
export function argumentTextBy(facts: ArgumentFacts): string | undefined {
  // Add every new fact of manifests here, too.
  ({}) satisfies Record<Exclude<keyof ManifestFacts, Told>, unknown>;
  const { instance, code, env, platform, host, run, inputOf } = facts;
  let text = sharedText(code, platform);
  if (host !== undefined) text += `host ${host} `;
  if (run !== undefined) text += `run ${JSON.stringify(run)} `;
  if (instance.env.length > 0) text += JSON.stringify(declaredEnv(instance, env));
  for (const each of instance.inputs) {
    const input = inputOf(each);
    if (input === undefined) return undefined;
    if ('artifact' in input) text += inputText(input);
    else {
      text += `${input.length}[`;
      for (const item of input) text += JSON.stringify(item.axes) + inputText(item);
    }
  }
  return text;
}

function inputText({ artifact, as }: ResolvedInput): string {
  const form = artifact.kind === 'tree' ? 't' : artifact.exec ? 'x' : 'f';
  return `${form}${hexOf(artifact.digest)}${as.length}:${as}`;
}

/** All instances of a stage share their code, and all of a run their platform. */
const sharedTexts = new WeakMap<Code, { readonly platform: Platform; readonly text: string }>();

function sharedText(code: Code, platform: Platform): string {
  const known = sharedTexts.get(code);
  if (known?.platform === platform) return known.text;
  // The place and the layout of the code are not in a manifest.
  const { bundle, python, files: _files, closure: _closure, ...rest } = code;
  const { version, path, digest } = python ?? {};
  const about = canonicalJson({
    ...rest,
    bundle: bundle?.digest ?? null,
    python: python === undefined ? null : { version, path, digest },
    platform,
  });
  const text = `${hexOf(digestBytes(about))} `;
  sharedTexts.set(code, { platform, text });
  return text;
}
