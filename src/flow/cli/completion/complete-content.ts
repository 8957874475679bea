import type { TreeEntry } from '../../store/store.ts';
import type { Args, Io } from '../args/command.ts';
import type { Candidate } from './complete-reference.ts';
import { withSession } from '../project/session.ts';
import { artifactOf, findTarget, hasResult } from '../project/target.ts';

/** Paths in the folder of the command's first operand, one level at a time. */
export async function completeContent(
  args: Args,
  io: Io,
  typed: string,
): Promise<readonly Candidate[]> {
  let entries: readonly TreeEntry[] = [];
  await withSession(args, io, undefined, async (session) => {
    const target = await findTarget(args, session, args.operands[0] ?? '', hasResult);
    if (!target.ok) return target;
    const found = await artifactOf(target.value, args, '');
    if (!found.ok) return found;
    if (found.value.artifact.kind === 'tree') {
      const listed = await session.store.list(found.value.artifact);
      if (listed.ok) entries = listed.value;
    }
    return { ok: true, value: 0 };
  });
  const found = new Map<string, Candidate>();
  for (const { path, type } of entries) {
    if (!path.startsWith(typed)) continue;
    const slash = path.indexOf('/', typed.length);
    if (slash === -1) found.set(path, { text: path, about: type === 'file' ? '' : type });
    else {
      const text = path.slice(0, slash + 1);
      found.set(text, { text, open: true });
    }
  }
  return [...found.values()];
}
