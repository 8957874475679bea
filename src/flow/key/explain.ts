import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { canonicalJson } from './canonical.ts';
import type {
  Manifest,
  ManifestCommand,
  ManifestInput,
  ManifestItem,
  ManifestPackage,
  Provenance,
} from './manifest.ts';

/** One action: its manifest, and the names that are not hashed. */
export interface Explained {
  readonly manifest: Manifest;
  readonly provenance: Provenance;
}

export interface Change {
  readonly kind:
    | 'command'
    | 'param'
    | 'input'
    | 'output'
    | 'code'
    | 'package'
    | 'env'
    | 'platform'
    | 'host'
    | 'salt'
    | 'always';
  /** The name of the changed param, input, file, … */
  readonly name: string;
  /** Undefined if it did not exist. */
  readonly old: Json | undefined;
  readonly new: Json | undefined;
}

/**
 * The differences between two manifests; none if the keys are equal. The provenance only supplies
 * names: it never adds a change to equal manifests.
 */
export function explainDifference(now: Explained, then: Explained): readonly Change[] {
  const a = then.manifest;
  const b = now.manifest;
  return [
    ...diffCommand(a.command, b.command),
    ...diffMembers('param', leaves(a.params, b.params), leaves(b.params, a.params)),
    ...diffMembers('input', byItem(a.inputs), byItem(b.inputs)),
    ...diffMembers('output', a.outputs, b.outputs),
    ...diffCode(then, now),
    ...diffMembers('package', byName(a.packages), byName(b.packages)),
    ...diffMembers('env', a.env ?? {}, b.env ?? {}),
    ...diffMembers('platform', { ...a.platform }, { ...b.platform }),
    ...diffOne('host', 'fingerprint', a.host, b.host),
    ...diffOne('salt', 'salt', a.salt, b.salt),
    ...diffOne('always', '', a.run, b.run),
  ];
}

/** A changed bundle is a change of code, not of the command. */
function diffCommand(old: ManifestCommand, now: ManifestCommand): readonly Change[] {
  if (old.kind === 'ts' && now.kind === 'ts') return [];
  if (old.kind === 'py' && now.kind === 'py') {
    return [
      ...diffOne('command', 'py', old.entry, now.entry),
      ...diffOne('command', 'path', old.path, now.path),
    ];
  }
  if (old.kind === 'cmd' && now.kind === 'cmd')
    return diffOne('command', 'argv', old.argv, now.argv);
  if (old.kind === 'sh' && now.kind === 'sh') {
    return diffOne('command', 'script', old.script, now.script);
  }
  return [{ kind: 'command', name: 'kind', old: old.kind, new: now.kind }];
}

/**
 * Changes per file. If no file differs, the digest that differs (a setting of the bundler or its
 * version).
 */
function diffCode(then: Explained, now: Explained): readonly Change[] {
  const oldBundle = bundleOf(then.manifest);
  const newBundle = bundleOf(now.manifest);
  const name = now.manifest.command.kind === 'py' ? 'modules' : 'bundle';
  const digests = [
    ...diffOne('code', name, oldBundle, newBundle),
    ...diffOne('code', 'listing', then.manifest.code, now.manifest.code),
  ];
  if (digests.length === 0) return [];
  const files = diffMembers('code', then.provenance.codeFiles, now.provenance.codeFiles);
  return files.length > 0 ? files : digests;
}

function bundleOf({ command }: Manifest): string | undefined {
  if (command.kind === 'py') return command.modules;
  return command.kind === 'ts' ? command.bundle : undefined;
}

/** Compares a mapping that both sides have value by value: `td.rows`. */
export function leaves(value: JsonObject, other: JsonObject, prefix = ''): JsonObject {
  const flat: [string, Json][] = Object.entries(value).flatMap(([name, member]) => {
    const beside = Object.hasOwn(other, name) ? other[name] : undefined;
    return isJsonObject(member) && isJsonObject(beside)
      ? Object.entries(leaves(member, beside, `${prefix}${name}.`))
      : [[`${prefix}${name}`, member]];
  });
  return Object.fromEntries(flat);
}

/** Each item of a collected input under its own name: `rows@task=rte`. */
function byItem(inputs: Manifest['inputs']): JsonObject {
  const items = Object.entries(inputs).flatMap(([name, input]): [string, unknown][] => {
    if (!isCollected(input) || input.length === 0) return [[name, input]];
    return input.map((item) => [itemName(name, item.axes), item]);
  });
  return Object.fromEntries(items) as JsonObject;
}

export function isCollected(
  input: ManifestInput | readonly ManifestItem[],
): input is readonly ManifestItem[] {
  return Array.isArray(input);
}

export function itemName(input: string, axes: ManifestItem['axes']): string {
  const values = Object.entries(axes).map(([axis, value]) => `${axis}=${value}`);
  return `${input}@${values.join(',')}`;
}

/** Version, and what tells its files, by name; several versions of one name stand together. */
function byName(packages: readonly ManifestPackage[] = []): JsonObject {
  const names = new Map<string, string[]>();
  for (const { name, version, integrity, resolved, content } of packages) {
    const files = integrity ?? resolved ?? content;
    const text = files === undefined ? version : `${version} (${files})`;
    names.set(name, [...(names.get(name) ?? []), text]);
  }
  return Object.fromEntries(
    [...names].map(([name, versions]) => [
      name,
      versions.length === 1 ? (versions[0] ?? '') : versions,
    ]),
  );
}

/** In the order of the new members; removed members follow. */
function diffMembers(kind: Change['kind'], old: JsonObject, now: JsonObject): readonly Change[] {
  const names = new Set([...Object.keys(now), ...Object.keys(old)]);
  return [...names].flatMap((name) => diffOne(kind, name, member(old, name), member(now, name)));
}

function member(value: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function diffOne(
  kind: Change['kind'],
  name: string,
  old: Json | undefined,
  now: Json | undefined,
): readonly Change[] {
  const same =
    old === undefined || now === undefined
      ? old === now
      : canonicalJson(old) === canonicalJson(now);
  return same ? [] : [{ kind, name, old, new: now }];
}
