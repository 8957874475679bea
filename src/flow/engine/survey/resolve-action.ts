import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Failure } from '../../core/events.ts';
import type { ActionKey, Digest, InstanceId } from '../../core/ids.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { actionKey } from '../../key/action/action-key.ts';
import { argumentText, argumentTextBy } from '../../key/action/argument-text.ts';
import { buildManifest, describeSubject } from '../../key/action/build-manifest.ts';
import type { ManifestFacts, ResolvedInput } from '../../key/action/build-manifest.ts';
import type { Code } from '../../key/code/code.ts';
import { hostFingerprint } from '../../key/action/host-fingerprint.ts';
import { DEFAULT_EXCLUDE, excludedBy } from '../../key/files/exclude.ts';
import type { InputOrigin, Manifest, Provenance } from '../../key/manifest.ts';
import { remember } from '../../key/files/memo.ts';
import { platform } from '../../key/platform.ts';
import type { ArtifactRef, Input, Instance } from '../../pipeline/dag.ts';
import type { IngestError, SourceArtifact } from '../../store/store.ts';
import type { EngineContext } from '../context.ts';
import { FrozenResults } from './frozen-results.ts';
import type { KnownResult } from './survey-memo.ts';

/** The result of an instance: the key that made it, and its outputs by name. */
export interface Made {
  readonly key: ActionKey;
  readonly outputs: Readonly<Record<string, Artifact>>;
}

export type MadeBy = (id: InstanceId) => Made | undefined;

/** An input with its origin, so that damage can be traced to the instance that made it. */
export interface TracedInput extends ResolvedInput {
  readonly origin: InputOrigin;
  readonly source?: SourceArtifact;
  /** Its large files are read where they lie. */
  readonly inPlace?: true;
}

/** Everything that determines the result of an instance, before the manifest is built. */
export interface ActionFacts extends ManifestFacts {
  readonly inputs: ReadonlyMap<string, TracedInput | readonly TracedInput[]>;
}

/**
 * Everything that determines the result of an instance, and everything that is needed to run it.
 */
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
 * The only code that computes keys: for plan, run and explain. A resolver reads each source once,
 * so that one run sees one state of the work tree.
 */
export class ActionResolver {
  readonly #ctx: EngineContext;
  readonly #sources = new Map<string, Promise<Result<SourceArtifact, IngestError>>>();
  /** Those of them that were found. */
  readonly #seen = new Map<string, SourceArtifact>();
  readonly #hosts = new Map<InstanceId, Promise<Digest>>();
  readonly #frozen: FrozenResults;

  constructor(ctx: EngineContext) {
    this.#ctx = ctx;
    this.#frozen = new FrozenResults(ctx.store);
  }

  /** Only the code, so that flow finds code that cannot be bundled before anything runs. */
  code(instance: Instance): Promise<Result<Code, Failure>> {
    return this.#ctx.code.code(instance);
  }

  /** `madeBy` must know every instance that this one reads. */
  async resolve(instance: Instance, madeBy: MadeBy): Promise<Result<ResolvedAction, Failure>> {
    const facts = await this.facts(instance, madeBy);
    return facts.ok ? ok(resolvedAction(facts.value)) : facts;
  }

  /** The facts for `resolve`; `madeBy` as there. */
  async facts(instance: Instance, madeBy: MadeBy): Promise<Result<ActionFacts, Failure>> {
    const code = await this.code(instance);
    if (!code.ok) return code;
    const inputs = await this.#inputs(instance, madeBy);
    if (!inputs.ok) return inputs;
    return ok({
      instance,
      inputs: inputs.value,
      code: code.value,
      env: this.#ctx.env,
      platform: platform(),
      ...(instance.probe ? { host: await this.#host(instance) } : {}),
      // No run has this id, so that nothing is a hit before the run begins.
      ...(instance.always && { run: this.#ctx.run ?? 'the next run' }),
    });
  }

  /** The result of a stage with `freeze: true`, without a look at its code. */
  async frozen(
    instance: Instance,
    madeBy: MadeBy,
  ): Promise<Result<KnownResult | undefined, Failure>> {
    const inputs = await this.#inputs(instance, madeBy);
    if (!inputs.ok) return inputs;
    const subject = describeSubject(instance, inputs.value);
    return ok(await this.#frozen.newest(instance.stage, subject, instance.written ?? {}));
  }

  async #inputs(
    instance: Instance,
    madeBy: MadeBy,
  ): Promise<Result<ActionFacts['inputs'], Failure>> {
    for (const input of instance.inputs) {
      if (input.kind !== 'source') continue;
      const source = await this.source(input);
      if (!source.ok) return err(unreadable(input.name, input.path, source.error));
    }
    const inputs = new Map<string, TracedInput | readonly TracedInput[]>();
    for (const input of instance.inputs) {
      const traced = this.#trace(input, madeBy);
      if (traced === undefined) {
        throw new Error(
          `Internal error: what ${instance.id} reads as ${input.name} is not made yet`,
        );
      }
      inputs.set(input.name, traced);
    }
    return ok(inputs);
  }

  /**
   * The argument text of what `facts` would find, at once, where all of it has been looked up before;
   * undefined: ask `facts`. Of thousands of instances nearly all share code and sources, and putting facts
   * together for each, in a turn of the event loop, takes longer than all the rest.
   */
  textNow(instance: Instance, madeBy: MadeBy): string | undefined {
    if (instance.probe || instance.always || instance.freeze) return undefined;
    const code = this.#ctx.code.known(instance);
    if (code === undefined) return undefined;
    const inputOf = (input: Input): TracedInput | readonly TracedInput[] | undefined =>
      this.#trace(input, madeBy);
    return argumentTextBy({ instance, code, env: this.#ctx.env, platform: platform(), inputOf });
  }

  /** undefined: it is not made, or was not looked at. */
  #trace(input: Input, madeBy: MadeBy): TracedInput | readonly TracedInput[] | undefined {
    switch (input.kind) {
      case 'source': {
        const absolute = path.resolve(this.#ctx.root, input.path);
        const source = this.#seen.get(sourceName(absolute, input));
        if (source === undefined) return undefined;
        const stays = input.inPlace === true ? { inPlace: true as const } : {};
        const origin = {
          source: input.path,
          ...(input.inPlace === true && { in_place: true as const }),
        };
        return { artifact: source.artifact, as: path.basename(absolute), origin, source, ...stays };
      }
      case 'artifact':
        return trace(input.from, madeBy);
      case 'collect': {
        const items: TracedInput[] = [];
        for (const { from, axes } of input.items) {
          const item = trace(from, madeBy);
          if (item === undefined) return undefined;
          items.push({ ...item, axes });
        }
        return items;
      }
    }
  }

  source(input: SourcePlace): Promise<Result<SourceArtifact, IngestError>> {
    const absolute = path.resolve(this.#ctx.root, input.path);
    const name = sourceName(absolute, input);
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const excluded = excludedBy(input.exclude ?? DEFAULT_EXCLUDE);
    const found = this.#ctx.store.source(absolute, excluded).then((source) => {
      if (source.ok && this.#sources.get(name) === found) this.#seen.set(name, source.value);
      return source;
    });
    this.#sources.set(name, found);
    return found;
  }

  /** Copies of sources may have gone from the store; code looks after its own. */
  lookAgain(): void {
    this.#sources.clear();
    this.#seen.clear();
  }

  /** A damaged copy of a source is taken again from the work tree. false: it has other bytes now. */
  async takeAgain(input: SourcePlace): Promise<boolean> {
    const before = await this.source(input);
    const name = sourceName(path.resolve(this.#ctx.root, input.path), input);
    this.#sources.delete(name);
    this.#seen.delete(name);
    const now = await this.source(input);
    return before.ok && now.ok && before.value.artifact.digest === now.value.artifact.digest;
  }

  #host(instance: Instance): Promise<Digest> {
    const { root, env } = this.#ctx;
    return remember(this.#hosts, instance.id, () => hostFingerprint(root, instance, env));
  }
}

/** The source of an instance. */
export type SourcePlace = Pick<Extract<Input, { kind: 'source' }>, 'path' | 'exclude'>;

const sourceName = (absolute: string, { exclude }: Pick<SourcePlace, 'exclude'>): string =>
  exclude === undefined ? absolute : `${absolute}\0${JSON.stringify(exclude)}`;

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
      written: instance.written ?? {},
      ...(code.byVersion !== undefined && { byVersion: code.byVersion }),
      inputs: Object.fromEntries(origins),
    },
    code,
    inputs,
  };
}

export function isMany<T>(input: T | readonly T[]): input is readonly T[] {
  return Array.isArray(input);
}

/** undefined: it is not made yet. */
function trace(from: ArtifactRef, madeBy: MadeBy): TracedInput | undefined {
  const made = madeBy(from.instance);
  const artifact = made?.outputs[from.output];
  if (made === undefined || artifact === undefined) return undefined;
  return {
    artifact,
    as: from.path.slice(from.path.lastIndexOf('/') + 1),
    origin: { instance: from.instance, output: from.output, key: made.key },
  };
}

function unreadable(input: string, source: string, error: IngestError): Failure {
  return {
    reason: 'input-unreadable',
    message: `cannot read input '${input}' (${source}): ${error.message}`,
  };
}
