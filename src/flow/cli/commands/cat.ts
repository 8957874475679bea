import type { Artifact } from '../../core/artifact.ts';
import { ok } from '../../core/result.ts';
import { shownName } from '../../report/printable.ts';
import { type Args, type Ended, type Io, printJson, printLines } from '../args/command.ts';
import { artifactOf, damaged, hasResult, type Target, withTarget } from '../project/target.ts';

/** `flow cat`: an artifact's bytes, or the files of a folder. */
export async function catCommand(args: Args, io: Io): Promise<Ended> {
  return withTarget(args, io, hasResult, async (target) => {
    const found = await artifactOf(target, args, args.operands[1] ?? '');
    if (!found.ok) return found;
    const { artifact } = found.value;
    const print = artifact.kind === 'tree' ? printTree : printFile;
    return print(args, target, artifact);
  });
}

async function printFile(args: Args, target: Target, artifact: Artifact): Promise<Ended> {
  const { io, store } = target.session;
  const bytes = await store.read(artifact);
  if (!bytes.ok) return damaged(bytes.error, target, args);
  if (!args.has('json')) await io.out(bytes.value);
  else {
    const { digest, size } = artifact;
    const text = new TextDecoder().decode(bytes.value);
    await printJson(io, { digest, size, text });
  }
  return ok(0);
}

async function printTree(args: Args, target: Target, tree: Artifact): Promise<Ended> {
  const { session } = target;
  const entries = await session.store.list(tree);
  if (!entries.ok) return damaged(entries.error, target, args);
  if (args.has('json')) {
    await printJson(session.io, { digest: tree.digest, size: tree.size, entries: entries.value });
  } else
    await printLines(
      session.io,
      entries.value.map(({ path, type }) => shownName(path) + suffix[type]),
    );
  return ok(0);
}

const suffix = { file: '', dir: '/', link: '@' };
