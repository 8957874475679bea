import type { EngineContext } from '../context.ts';

/**
 * A path to the scratch folder for programs that read `:` in a path as the end of it, or that load nothing
 * from a path with `\`: search paths, and Node's modules.
 */
export function plainPath(ctx: EngineContext, scratch: string): string {
  return /[:\\]/.test(scratch) ? ctx.store.scratch.shortPath(scratch) : scratch;
}
