import path from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { Failure } from '../core/events.ts';
import type { ActionKey, Digest, InstanceId } from '../core/ids.ts';
import { err, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import { actionKey } from '../key/action-key.ts';
import { buildManifest, declaredEnv } from '../key/build-manifest.ts';
import type { ResolvedInput } from '../key/build-manifest.ts';
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

/** All that determines an instance's result, and what is needed to lay it out. */
export interface ResolvedAction {
  readonly key: ActionKey;
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
    const code = await this.code(instance);
    if (!code.ok) return code;
    const inputs = new Map<string, TracedInput | readonly TracedInput[]>();
    const origins: Record<string, InputOrigin | readonly InputOrigin[]> = {};
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
          origins[input.name] = traced.origin;
          break;
        }
        case 'artifact': {
          const traced = trace(input.from, madeBy);
          inputs.set(input.name, traced);
          origins[input.name] = traced.origin;
          break;
        }
        case 'collect': {
          const items = input.items.map(({ from, axes }) => ({ ...trace(from, madeBy), axes }));
          inputs.set(input.name, items);
          origins[input.name] = items.map(({ origin }) => origin);
          break;
        }
      }
    }
    const manifest = buildManifest({
      instance,
      inputs,
      code: code.value,
      env: this.#ctx.env,
      platform: platform(),
      ...(instance.probe ? { host: await this.#host(instance) } : {}),
    });
    const provenance: Provenance = {
      instance: instance.id,
      stage: instance.stage,
      codeFiles: code.value.closure,
      inputs: origins,
    };
    return ok({ key: actionKey(manifest), manifest, provenance, code: code.value, inputs });
  }

  source(sourcePath: string): Promise<Result<SourceArtifact, IngestError>> {
    const absolute = path.resolve(this.#ctx.root, sourcePath);
    const known = this.#sources.get(absolute);
    if (known !== undefined) return known;
    const found = this.#ctx.store.source(absolute);
    this.#sources.set(absolute, found);
    return found;
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
    const name = JSON.stringify(declared);
    const known = this.#hosts.get(name) ?? hostFingerprint(this.#ctx.root, declared);
    this.#hosts.set(name, known);
    return known;
  }
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
