import type { Artifact } from '../core/artifact.ts';
import { ok } from '../core/result.ts';
import type { DamagedError } from '../store/store.ts';
import { suggest } from '../pipeline/nearest.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse, usage } from './command.ts';
import { type Session, withSession } from './session.ts';
import { findTarget, outputOf, resultOf } from './target.ts';

/** `flow cat`: an artifact's bytes, or the files of a folder. */
export async function catCommand(args: Args, io: Io): Promise<Ended> {
  const [reference = '', subpath = ''] = args.operands;
  return withSession(args, io, undefined, async (session) => {
    const target = await findTarget(args, session, reference);
    if (!target.ok) return target;
    const output = outputOf(target.value);
    if (!output.ok) return output;
    const result = await resultOf(target.value);
    if (!result.ok) return result;
    const whole = result.value.outputs[output.value];
    if (!whole) return usage('no-output', `${target.value.instance.id} has no '${output.value}'`);
    const artifact = subpath === '' ? ok(whole) : await session.store.find(whole, subpath);
    if (!artifact.ok) return damaged(artifact.error, session);
    if (!artifact.value) return noSuchFile(session, whole, subpath);
    return artifact.value.kind === 'tree'
      ? printTree(args, session, artifact.value)
      : printFile(args, session, artifact.value);
  });
}

async function printFile(args: Args, session: Session, artifact: Artifact): Promise<Ended> {
  const { io, store } = session;
  const bytes = await store.read(artifact);
  if (!bytes.ok) return damaged(bytes.error, session);
  if (!args.has('json')) await io.out(bytes.value);
  else {
    const { digest, size } = artifact;
    const text = new TextDecoder().decode(bytes.value);
    await printJson(io, { digest, size, text });
  }
  return ok(0);
}

async function printTree(args: Args, session: Session, tree: Artifact): Promise<Ended> {
  const entries = await session.store.list(tree);
  if (!entries.ok) return damaged(entries.error, session);
  if (args.has('json')) {
    await printJson(session.io, { digest: tree.digest, size: tree.size, entries: entries.value });
  } else
    await printLines(
      session.io,
      entries.value.map(({ path, type }) => path + suffix[type]),
    );
  return ok(0);
}

const suffix = { file: '', dir: '/', link: '@' };

async function noSuchFile(session: Session, tree: Artifact, subpath: string): Promise<Ended> {
  if (tree.kind === 'file') return usage('no-file', 'this artifact is a file, not a folder');
  const entries = await session.store.list(tree);
  const paths = entries.ok ? entries.value.map((entry) => entry.path) : [];
  return usage('no-file', `the folder has no '${subpath}'`, suggest(subpath, paths, 'files'));
}

/** What was damaged has been dropped: the next run makes it again. */
export function damaged(error: DamagedError, { project }: Session): Ended {
  const hint = `the next flow run computes it again; cache: ${project.cache}`;
  return refuse(1, { code: error.code, message: error.message, hint });
}
