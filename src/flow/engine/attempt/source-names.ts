import path from 'node:path';
import type { Failure } from '../../core/events.ts';
import type { Instance } from '../../pipeline/dag.ts';

/**
 * Names sources in the end of a log by their paths in the project: a stage knows `data/glue` as
 * `in/raw/glue`, which no longer exists when a user reads the message.
 */
export function withSourceNames(
  failure: Failure | undefined,
  { inputs }: Pick<Instance, 'inputs'>,
): Failure | undefined {
  if (failure?.tail === undefined) return failure;
  const names = inputs.flatMap((input) => {
    if (input.kind !== 'source') return [];
    const source = path.normalize(input.path);
    return [{ placed: `in/${input.name}/${path.basename(source)}`, source }];
  });
  const named = (line: string): string =>
    names.reduce((text, { placed, source }) => renamed(text, placed, source), line);
  return { ...failure, tail: failure.tail.map(named) };
}

/** Replaces a path and what is below it, but not a longer name, nor a path in another folder. */
function renamed(line: string, placed: string, source: string): string {
  const parts = line.split(placed);
  return parts.reduce((before, after) => {
    const start = before.replace(/(^|[^\w./-])\.\/$/, '$1');
    const whole = !/[\w./-]$/.test(start) && !/^[\w-]|^\.\w/.test(after);
    return whole ? start + source + after : before + placed + after;
  });
}
