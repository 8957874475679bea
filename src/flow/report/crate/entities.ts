import type { Artifact } from '../../core/artifact.ts';
import type { Digest } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import { mediaTypeOf } from '../media-type.ts';

/** A node of the flattened JSON-LD graph. */
export interface Entity {
  readonly '@id': string;
  readonly '@type': string | readonly string[];
  readonly [property: string]: Json;
}

export interface Ref {
  readonly '@id': string;
  readonly [name: string]: Json;
}

export const ref = (id: string): Ref => ({ '@id': id });

/** Entities by id; the first description of an id stays. */
export class Entities {
  readonly #byId = new Map<string, Entity>();

  add(entity: Entity): Ref {
    if (!this.#byId.has(entity['@id'])) this.#byId.set(entity['@id'], entity);
    return ref(entity['@id']);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Files and folders: the parts that the root must list. */
  get dataIds(): readonly string[] {
    return [...this.#byId.values()]
      .filter(({ '@type': type }) => [type].flat().some((t) => t === 'File' || t === 'Dataset'))
      .map((entity) => entity['@id']);
  }

  get all(): readonly Entity[] {
    return [...this.#byId.values()];
  }
}

/** The name of content by its digest, independent of its place: RFC 6920, without a host. */
export function namedInformation(digest: Digest): string {
  const hex = digest.replace(/^sha256:/, '');
  return `ni:///sha-256;${Buffer.from(hex, 'hex').toString('base64url')}`;
}

/**
 * A stored artifact that the crate does not contain. The digest of a folder is the digest of its
 * listing.
 */
export function artifactEntity(
  artifact: Artifact | { readonly kind: 'file' | 'tree'; readonly digest: Digest },
  name: string,
): Entity {
  const size = 'size' in artifact ? { contentSize: String(artifact.size) } : {};
  if (artifact.kind === 'tree') {
    return { '@id': namedInformation(artifact.digest), '@type': 'Dataset', name, ...size };
  }
  return {
    '@id': namedInformation(artifact.digest),
    '@type': 'File',
    name,
    ...size,
    sha256: artifact.digest.replace(/^sha256:/, ''),
  };
}

/** A name without information about places outside the project. */
export function shownPath(path: string): string {
  const outside = /^(?:\/|~|\.\.(?:\/|$)|[A-Za-z]:[\\/])/.test(path);
  return outside ? `…/${path.split(/[\\/]/).findLast((part) => part !== '') ?? ''}` : path;
}

/** Applies it to every string of a value. */
export function shownValue(value: Json): Json {
  if (typeof value === 'string') return shownPath(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((each: Json) => shownValue(each));
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shownValue(v as Json)]));
}

/** By the extension of the name, if it is known. */
export function formatOf(path: string): { readonly encodingFormat?: string } {
  const format = mediaTypeOf(path);
  return format === undefined ? {} : { encodingFormat: format };
}
