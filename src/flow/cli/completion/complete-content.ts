import type { TreeEntry } from '../../store/store.ts';
import type { Args, Io } from '../args/command.ts';
import type { Candidate } from './complete-reference.ts';
import { artifactOf, withTarget } from '../project/target.ts';

/** Paths in the folder that a command's first operand names, a folder after the other. */
export async function completeContent(
  args: Args,
  io: Io,
  typed: string,
): Promise<readonly Candidate[]> {
  let entries: readonly TreeEntry[] = [];
  await withTarget(args, io, async (target) => {
    const found = await artifactOf(target, '');
    if (!found.ok) return found;
    if (found.value.artifact.kind === 'tree') {
      const listed = await target.session.store.list(found.value.artifact);
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
