/** Something that is not as it should be, and how to mend it. */
export interface Lack {
  readonly found: string;
  readonly hint: string;
}

/** Something that a person can mend; what else is thrown is a bug. */
export class ProvisionError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
