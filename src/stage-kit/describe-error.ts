import { inspect } from 'node:util';

/**
 * An error for a stage's log: message, causes, and the frames that lie in the stage's own code, by
 * their project-relative paths. Node's own frames and the source line that it prints tell a user nothing.
 *
 * @param code folder in which the stage's code lies by project-relative paths
 */
export function describeError(error: unknown, code: string): string {
  const lines = inspect(error, { colors: false })
    .split('\n')
    .filter((line) => !/^\s+at .*\(?node:/.test(line))
    .map((line) => line.replace('file://', '').replaceAll(`${code}/`, ''));
  return `${lines.join('\n')}\n`;
}
