/**
 * The one text of a JSON value (docs/key-format.md, "Canonical form"): object keys sorted by UTF-16 code units,
 * no white space, numbers and strings as `JSON.stringify` writes them (so -0 is 0). Injective: equal texts
 * mean equal values. Takes `unknown` because it checks what the type system cannot.
 *
 * @param texts canonical texts of objects inside that do not change and that many values share
 * @throws on what JSON cannot hold or would change in silence: NaN, Infinity, undefined, lone surrogates,
 * array holes, and objects that are no plain mapping.
 */
export function canonicalJson(value: unknown, texts?: WeakMap<object, string>): string {
  try {
    return encode(value, undefined, texts);
  } catch {
    // Repeat it slowly, to find the place.
    return encode(value, '$', texts);
  }
}

/** Undefined if nobody will read it, because building the path costs more than the encoding. */
type Path = string | undefined;
type Texts = WeakMap<object, string> | undefined;

function encode(value: unknown, path: Path, texts: Texts): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value))
        throw new Error(`No canonical form: ${String(value)} at ${path}`);
      return JSON.stringify(value);
    case 'string':
      return encodeString(value, path);
    case 'object':
      if (value === null) return 'null';
      return texts?.get(value) ?? encodeNested(value, path, texts);
    default:
      throw new Error(`No canonical form: ${typeof value} at ${path}`);
  }
}

function encodeString(text: string, path: Path): string {
  // Node and other languages write a lone surrogate differently, and UTF-8 cannot hold it.
  if (/\p{Surrogate}/u.test(text)) throw new Error(`No canonical form: lone surrogate at ${path}`);
  return JSON.stringify(text);
}

function encodeNested(value: object, path: Path, texts: Texts): string {
  if (Array.isArray(value)) {
    // `map` would skip holes; `from` visits them as undefined, which is refused.
    const items = Array.from(value as readonly unknown[], (item, index) =>
      encode(item, path && `${path}[${index}]`, texts),
    );
    return `[${items.join(',')}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Error(`No canonical form: ${value.constructor.name} at ${path}`);
  }
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => {
      return `${encodeString(key, path)}:${encode(member, path && `${path}.${key}`, texts)}`;
    });
  return `{${members.join(',')}}`;
}
