/**
 * The outcome of a function that can fail in an expected way. Every mistake of a user is a
 * `Result`; bugs throw.
 */
export type Result<T, E> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

export const err = <E>(error: E): Result<never, E> => ({ ok: false, error });

/** The default case of an exhaustive switch: a new member of the union is a type error here. */
export function unreachable(value: never): never {
  throw new Error(`Internal error: unhandled case ${JSON.stringify(value)}`);
}
