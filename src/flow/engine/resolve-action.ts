import path from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { Failure } from '../core/events.ts';
import type { ActionKey, Digest, InstanceId } from '../core/ids.ts';
import { err, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import { actionKey } from '../key/action-key.ts';
import { argumentText } from '../key/argument-text.ts';
import { buildManifest, declaredEnv } from '../key/build-manifest.ts';
import type { ManifestFacts, ResolvedInput } from '../key/build-manifest.ts';
import type { Code } from '../key/code.ts';
import { hostFingerprint } from '../key/host-fingerprint.ts';
import type { InputOrigin, Manifest, Provenance } from '../key/manifest.ts';
import { platform } from '../key/platform.ts';
import type { ArtifactRef, Instance } from '../pipeline/dag.ts';
import type { IngestError, SourceArtifact } from '../store/store.ts';
import type { EngineContext } from './context.ts';

/** What an instance has made: the key that made it, and its outputs by name. */
export interface Made {
  readonly key: ActionKey;
  readonly outputs: Readonly<Record<string, Artifact>>;
}

export type MadeBy = (id: InstanceId) => Made | undefined;

/** An input with where it came from, so that damage can be traced to its maker. */
export interface TracedInput extends ResolvedInput {
  readonly origin: InputOrigin;
  /** For a source: what must still hold when the stage ends. */
  readonly source?: SourceArtifact;
}

/** All that determines an instance's result, not yet put together. */
export interface ActionFacts extends ManifestFacts {
  readonly inputs: ReadonlyMap<string, TracedInput | readonly TracedInput[]>;
}

/** All that determines an instance's result, and what is needed to lay it out. */
export interface ResolvedAction {
  readonly key: ActionKey;
  /** What the key is known again by: see argument-text.ts. */
  readonly argumentText: string;
  readonly manifest: Manifest;
  readonly provenance: Provenance;
  readonly code: Code;
  readonly inputs: ReadonlyMap<string, TracedInput | readonly TracedInput[]>;
}

/**
 * The one way a key is computed: plan, run and explain all come here. Sources are looked at once a
 * resolver, so that one run sees one state of the work tree.
 */
export class ActionResolver {
  readonly #ctx: EngineContext;
  readonly #sources = new Map<string, Promise<Result<SourceArtifact, IngestError>>>();
  readonly #hosts = new Map<string, Promise<Digest>>();

  constructor(ctx: EngineContext) {
    this.#ctx = ctx;
  }

  /** Code alone, so that code that does not bundle is found before anything runs. */
  code(instance: Instance): Promise<Result<Code, Failure>> {
    return this.#ctx.code.code(instance);
  }

  /** `madeBy` must know every instance that this one reads. */
  async resolve(instance: Instance, madeBy: MadeBy): Promise<Result<ResolvedAction, Failure>> {
    const facts = await this.facts(instance, madeBy);
    return facts.ok ? ok(resolvedAction(facts.value)) : facts;
  }

  /** What `resolve` puts together; `madeBy` as there. */
  async facts(instance: Instance, madeBy: MadeBy): Promise<Result<ActionFacts, Failure>> {
    const code = await this.code(instance);
    if (!code.ok) return code;
    const inputs = new Map<string, TracedInput | readonly TracedInput[]>();
    for (const input of instance.inputs) {
      switch (input.kind) {
        case 'source': {
          const source = await this.source(input.path);
          if (!source.ok) return err(unreadable(input.name, input.path, source.error));
          const traced: TracedInput = {
            artifact: source.value.artifact,
            as: path.basename(path.resolve(this.#ctx.root, input.path)),
            origin: { source: input.path },
            source: source.value,
          };
          inputs.set(input.name, traced);
          break;
        }
        case 'artifact': {
          inputs.set(input.name, trace(input.from, madeBy));
          break;
        }
        case 'collect': {
          const items = input.items.map(({ from, axes }) => ({ ...trace(from, madeBy), axes }));
          inputs.set(input.name, items);
          break;
        }
      }
    }
    return ok({
      instance,
      inputs,
      code: code.value,
      env: this.#ctx.env,
      platform: platform(),
      ...(instance.probe ? { host: await this.#host(instance) } : {}),
    });
  }

  source(sourcePath: string): Promise<Result<SourceArtifact, IngestError>> {
    const absolute = path.resolve(this.#ctx.root, sourcePath);
    const known = this.#sources.get(absolute);
    if (known !== undefined) return known;
    const found = this.#ctx.store.source(absolute);
    this.#sources.set(absolute, found);
    return found;
  }

  /** Copies of sources may have gone from the store; code looks after its own. */
  lookAgain(): void {
    this.#sources.clear();
  }

  /** A damaged copy of a source is taken again from the work tree. false: it has other bytes now. */
  async takeAgain(sourcePath: string): Promise<boolean> {
    const before = await this.source(sourcePath);
    this.#sources.delete(path.resolve(this.#ctx.root, sourcePath));
    const now = await this.source(sourcePath);
    return before.ok && now.ok && before.value.artifact.digest === now.value.artifact.digest;
  }

  #host(instance: Instance): Promise<Digest> {
    const declared = declaredEnv(instance, this.#ctx.env);
    const { watch } = instance;
    const name = JSON.stringify([declared, watch]);
    const { root, env } = this.#ctx;
    const known = this.#hosts.get(name) ?? hostFingerprint(root, declared, watch, env);
    this.#hosts.set(name, known);
    return known;
  }
}

/** Pure. `known`: the key, where it was computed before. */
export function resolvedAction(facts: ActionFacts, known?: ActionKey): ResolvedAction {
  const { instance, code, inputs } = facts;
  const manifest = buildManifest(facts);
  const origins = Array.from(inputs, ([name, input]) => {
    const many = isMany(input) ? input.map(({ origin }) => origin) : input.origin;
    return [name, many] as const;
  });
  return {
    key: known ?? actionKey(manifest),
    argumentText: argumentText(facts),
    manifest,
    provenance: {
      instance: instance.id,
      stage: instance.stage,
      codeFiles: code.closure,
      inputs: Object.fromEntries(origins),
    },
    code,
    inputs,
  };
}

export function isMany<T>(input: T | readonly T[]): input is readonly T[] {
  return Array.isArray(input);
}

/** Instances whose outputs this one reads, each once. */
export function needsOf(instance: Instance): readonly InstanceId[] {
  const ids = new Set<InstanceId>();
  for (const input of instance.inputs) {
    if (input.kind === 'artifact') ids.add(input.from.instance);
    if (input.kind === 'collect') for (const item of input.items) ids.add(item.from.instance);
  }
  return [...ids];
}

function trace(from: ArtifactRef, madeBy: MadeBy): TracedInput {
  const made = madeBy(from.instance);
  const artifact = made?.outputs[from.output];
  if (made === undefined || artifact === undefined) {
    throw new Error(`Internal error: ${from.instance}.${from.output} is not made yet`);
  }
  return {
    artifact,
    as: path.posix.basename(from.path),
    origin: { instance: from.instance, output: from.output, key: made.key },
  };
}

function unreadable(input: string, source: string, error: IngestError): Failure {
  return {
    reason: 'input-unreadable',
    message: `cannot read input '${input}' (${source}): ${error.message}`,
  };
}
