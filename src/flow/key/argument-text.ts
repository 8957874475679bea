import type { ManifestFacts, ResolvedInput } from './build-manifest.ts';
import { declaredEnv } from './build-manifest.ts';
import { canonicalJson } from './canonical.ts';
import type { Input } from '../pipeline/dag.ts';
import type { Code } from './code.ts';
import { digestBytes, hexOf } from './digest.ts';
import type { Platform } from './manifest.ts';

/** The facts of a manifest, with inputs that are asked for when their turn comes; undefined: not known. */
export interface ArgumentFacts extends Omit<ManifestFacts, 'inputs'> {
  readonly inputOf: (input: Input) => ResolvedInput | readonly ResolvedInput[] | undefined;
}

type Told = 'instance' | 'inputs' | 'code' | 'env' | 'platform' | 'host';

/**
 * What of the facts is not the instance's own, as a text: for one instance, equal texts mean equal manifests.
 * So a key that was computed once from such a text is known again without its manifest. Injective, because
 * what has no fixed length comes as JSON or after its length, and an instance's inputs have an order.
 */
export function argumentText(facts: ManifestFacts): string {
  const text = argumentTextBy({ ...facts, inputOf: ({ name }) => facts.inputs.get(name) });
  if (text === undefined) throw new Error(`an input of ${facts.instance.id} is missing`);
  return text;
}

/** The same, without putting the facts together first. undefined: an input is not known. */
export function argumentTextBy(facts: ArgumentFacts): string | undefined {
  // A fact that is added to manifests must be told here.
  ({}) satisfies Record<Exclude<keyof ManifestFacts, Told>, unknown>;
  const { instance, code, env, platform, host, inputOf } = facts;
  let text = sharedText(code, platform);
  if (host !== undefined) text += `host ${host} `;
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
  // Where the code lies and how it is laid out is no part of a manifest.
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
