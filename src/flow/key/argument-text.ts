import type { ManifestFacts, ResolvedInput } from './build-manifest.ts';
import { declaredEnv } from './build-manifest.ts';
import { canonicalJson } from './canonical.ts';
import type { Code } from './code.ts';
import { digestBytes, hexOf } from './digest.ts';
import type { Platform } from './manifest.ts';

/**
 * What of the facts is not the instance's own, as a text: for one instance, equal texts mean equal manifests.
 * So a key that was computed once from such a text is known again without its manifest. Injective, because
 * what has no fixed length comes as JSON or after its length, and an instance's inputs have an order.
 */
export function argumentText(facts: ManifestFacts): string {
  const { instance, inputs, code, env, platform, host, ...others } = facts;
  // A fact that is added to manifests must be added here.
  others satisfies Record<string, never>;
  let text = codeText(code) + platformText(platform);
  if (host !== undefined) text += `host ${host} `;
  if (instance.env.length > 0) text += JSON.stringify(declaredEnv(instance, env));
  for (const { name } of instance.inputs) {
    const input = inputs.get(name);
    if (input === undefined) throw new Error(`input '${name}' of ${instance.id} is missing`);
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
const codeTexts = new WeakMap<Code, string>();
const platformTexts = new WeakMap<Platform, string>();

function codeText(code: Code): string {
  const known = codeTexts.get(code);
  if (known !== undefined) return known;
  // Where the code lies and how it is laid out is no part of a manifest.
  const { bundle, python, files: _files, closure: _closure, ...rest } = code;
  const { version, path, digest } = python ?? {};
  const about = canonicalJson({
    ...rest,
    bundle: bundle?.digest ?? null,
    python: python === undefined ? null : { version, path, digest },
  });
  const text = `${hexOf(digestBytes(about))} `;
  codeTexts.set(code, text);
  return text;
}

function platformText(platform: Platform): string {
  const known = platformTexts.get(platform);
  if (known !== undefined) return known;
  const text = `${canonicalJson(platform)} `;
  platformTexts.set(platform, text);
  return text;
}
