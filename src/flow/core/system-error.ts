/** The `code` of a Node system error: `ENOENT`, `EXDEV`, … */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  return undefined;
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
