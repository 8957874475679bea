import path from 'node:path';
import type { Failure } from '../../core/events.ts';
import type { Instance } from '../../pipeline/dag.ts';

/** A path in a message, without what can stand around it. */
const WORD = /[^\s'"`()<>:,;=]+/g;

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
  const named = (word: string): string => {
    const written = word.replace(/^\.\//, '');
    const found = names.find(({ placed }) => `${written}/`.startsWith(`${placed}/`));
    return found === undefined ? word : found.source + written.slice(found.placed.length);
  };
  return { ...failure, tail: failure.tail.map((line) => line.replaceAll(WORD, named)) };
}
