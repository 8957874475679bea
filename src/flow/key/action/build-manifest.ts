import type { Artifact } from '../../core/artifact.ts';
import type { Digest } from '../../core/ids.ts';
import { unreachable } from '../../core/result.ts';
import type { Axes, Instance } from '../../pipeline/dag.ts';
import type { Code } from '../code/code.ts';
import { symbolicText } from '../code/command-text.ts';
import type {
  Manifest,
  ManifestCommand,
  ManifestInput,
  ManifestItem,
  Platform,
} from '../manifest.ts';

/** An input whose content is known. */
export interface ResolvedInput {
  readonly artifact: Artifact;
  /** The file name that the stage sees. */
  readonly as: string;
  /** The axes of an item of a collected input. */
  readonly axes?: Axes;
}

export interface ManifestFacts {
  readonly instance: Instance;
  /** By input name; a collected input is a list, in the order of the instance's items. */
  readonly inputs: ReadonlyMap<string, ResolvedInput | readonly ResolvedInput[]>;
  readonly code: Code;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: Platform;
  /** A probe's: see host-fingerprint.ts. */
  readonly host?: Digest;
  /** The id of the run; only for a stage with `always: true`. */
  readonly run?: string;
}

/** What a result is made of, apart from the program that makes it. */
export function describeSubject(
  instance: Instance,
  inputs: ManifestFacts['inputs'],
): Pick<Manifest, 'params' | 'inputs' | 'outputs'> {
  return {
    params: { ...instance.params, ...instance.axes },
    inputs: describeInputs(instance, inputs),
    outputs: Object.fromEntries(
      instance.outputs.map(({ name, path, tree }) => [
        name,
        { path, kind: tree ? 'tree' : 'file' },
      ]),
    ),
  };
}

/** Builds every manifest: for the key, for the plan and for `flow explain`. Pure. */
export function buildManifest(facts: ManifestFacts): Manifest {
  const { instance, code } = facts;
  const env = declaredEnv(instance, facts.env);
  return {
    command: describeCommand(instance, code),
    ...describeSubject(instance, facts.inputs),
    ...(code.digest === undefined ? {} : { code: code.digest }),
    ...(code.packages === undefined || code.packages.length === 0
      ? {}
      : { packages: code.packages }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    platform: describePlatform(facts),
    ...(facts.host === undefined ? {} : { host: facts.host }),
    ...(instance.salt === undefined ? {} : { salt: instance.salt }),
    ...(facts.run === undefined ? {} : { run: facts.run }),
  };
}

/** The declared variables that are in the key; null: not set. */
export function declaredEnv(
  instance: Instance,
  env: NodeJS.ProcessEnv,
): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    instance.env.filter(({ key }) => key).map(({ name }) => [name, env[name] ?? null]),
  );
}

function describeCommand(instance: Instance, code: Code): ManifestCommand {
  const { command } = instance;
  switch (command.kind) {
    case 'ts':
      if (code.bundle === undefined) throw new Error(`no bundle for ${command.entry}`);
      return { kind: 'ts', bundle: code.bundle.digest };
    case 'cmd':
      return { kind: 'cmd', argv: command.argv.map((word) => symbolicText(word, code.places)) };
    case 'sh':
      return { kind: 'sh', script: symbolicText(command.script, code.places) };
    case 'py': {
      if (code.python === undefined) throw new Error(`no modules for ${command.entry}`);
      const { path, digest } = code.python;
      return { kind: 'py', entry: command.entry, path, modules: digest };
    }
    default:
      return unreachable(command);
  }
}

function describeInputs(instance: Instance, inputs: ManifestFacts['inputs']): Manifest['inputs'] {
  return Object.fromEntries(
    instance.inputs.map(({ name }) => {
      const resolved = inputs.get(name);
      if (resolved === undefined) throw new Error(`input '${name}' of ${instance.id} is missing`);
      return [name, 'artifact' in resolved ? describeInput(resolved) : resolved.map(describeItem)];
    }),
  );
}

function describeInput({ artifact, as }: ResolvedInput): ManifestInput {
  return {
    as,
    kind: artifact.kind,
    exec: artifact.kind === 'file' && artifact.exec,
    digest: artifact.digest,
  };
}

function describeItem(input: ResolvedInput): ManifestItem {
  if (input.axes === undefined) throw new Error(`a collected input has no axes (${input.as})`);
  return { axes: input.axes, ...describeInput(input) };
}

/** The Node version matters only for ts stages: other commands use their own interpreter. */
function describePlatform({ instance, code, platform }: ManifestFacts): Platform {
  const { node, ...rest } = platform;
  if (code.python !== undefined) return { ...rest, python: code.python.version };
  return instance.command.kind === 'ts' && node !== undefined ? { ...rest, node } : rest;
}
