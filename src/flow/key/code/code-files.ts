import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Failure } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { canonicalJson } from '../canonical.ts';
import { digestBytes, hexOf } from '../digest.ts';
import { isOneName } from '../files/file-names.ts';
import type { Memo } from '../files/memo.ts';
import type { Watch, Watcher } from '../files/watch.ts';

/** Increase it when the form of the memo changes. */
const FORMAT = 'files.v2';

/** A file that flow copies to code/ unchanged. */
export interface CodeFile {
  /** Relative to the project root. */
  readonly path: string;
  readonly digest: Digest;
  readonly exec: boolean;
}

export interface CodeFilesOptions {
  readonly root: string;
  readonly memo: Memo;
  readonly watcher: Watcher;
}

/**
 * The digests of project files. Reads a file again only if its stat differs from the remembered
 * one.
 */
export async function digestCodeFiles(
  options: CodeFilesOptions,
  paths: readonly string[],
): Promise<Result<readonly CodeFile[], Failure>> {
  if (paths.length === 0) return ok([]);
  const { root, memo, watcher } = options;
  const name = `${FORMAT}-${hexOf(digestBytes(canonicalJson(paths)))}`;
  const remembered = ((await memo.get(name)) ?? []) as unknown as readonly Watch[];
  const known = new Map(remembered.map((watch) => [watch.path, watch]));

  const watches: Watch[] = [];
  for (const path of paths) {
    const before = known.get(path);
    const [kept] = (before === undefined ? undefined : await watcher.renew([before])) ?? [];
    watches.push(kept ?? (await watcher.take('file', join(root, path))));
  }
  if (watches.some((watch) => watch !== known.get(watch.path))) {
    await memo.put(name, watches as unknown as Json);
  }

  const files: CodeFile[] = [];
  for (const [index, path] of paths.entries()) {
    const digest = watches[index]?.digest ?? null;
    const mode = statSync(join(root, path), { throwIfNoEntry: false })?.mode;
    const folder = dirname(join(root, path));
    if (digest !== null && !isOneName(folder, basename(path))) {
      const message = `code: the name of ${path} is not valid UTF-8, or another file seems to have the same name`;
      return err({ reason: 'code', message });
    }
    if (digest === null || mode === undefined) {
      return err({ reason: 'code', message: `cannot read the code file ${path}` });
    }
    files.push({ path, digest, exec: (mode & 0o100) !== 0 });
  }
  return ok(files);
}

/** The listing of the files in a manifest. Their paths also count, because commands name them. */
export function digestListing(files: readonly CodeFile[]): Digest {
  return digestBytes(`flow.code.v1\n${canonicalJson(files)}`);
}
