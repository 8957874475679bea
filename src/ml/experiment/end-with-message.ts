/**
 * Ends a stage with the message of an error in a user's files or settings: where in the code it was found
 * does not help the user. An error of another class is a mistake in the code, and keeps its place.
 */
export function endWithMessage(error: unknown): never {
  if (!(error instanceof Error) || error.constructor !== Error) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
