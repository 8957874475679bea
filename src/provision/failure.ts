/** A problem of the machine, and what to do about it. */
export interface Lack {
  readonly found: string;
  readonly hint: string;
}

/** A problem that a user can solve. Every other thrown error is a bug. */
export class ProvisionError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
