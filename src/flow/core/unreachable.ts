/** Closes a switch over a union: a new member is a type error here until it is handled. */
export function unreachable(value: never): never {
  throw new Error(`Internal error: unhandled case ${JSON.stringify(value)}`);
}
