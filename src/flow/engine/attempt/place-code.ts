import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Artifact } from '../../core/artifact.ts';
import type { Failure } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';
import { nodeModules } from './node-modules.ts';
import { plainPath } from './plain-path.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';

// The code of a stage in its scratch folder: copies that no other stage sees, because a program can write
// beside its own file.

/** The names that flow gives in a scratch folder. */
export const ownNames: ReadonlySet<string> = new Set([
  'in',
  'out',
  'code',
  'tmp',
  'checkpoint',
  'node_modules',
  'stage.json',
  'events.ndjson',
]);

export interface Code {
  readonly files: readonly PlacedCode[];
  /** The program that runs the code of a ts or py stage: the beginning of its argv. */
  readonly program: readonly string[] | undefined;
}

/** A file of the code. */
export interface PlacedCode {
  readonly kind: 'code';
  /** Its path below code/. */
  readonly name: string;
  readonly artifact: Artifact;
  /** Absolute. */
  readonly path: string;
}

export async function placeCode(
  ctx: EngineContext,
  { command, probe }: Instance,
  { code }: ResolvedAction,
  scratch: string,
): Promise<Result<Code, Failure>> {
  const files: PlacedCode[] = [];
  const modules = code.python?.modules ?? [];
  const own = new Set(modules.map(({ path: at }) => at));
  const others = code.files.filter((file) => !own.has(file.path));
  for (const { at, from, digest } of [
    ...modules.map((each) => ({ at: each.path, from: each.file, digest: each.bytes })),
    ...others.map((each) => ({
      at: each.path,
      from: path.join(ctx.root, each.path),
      digest: each.digest,
    })),
  ]) {
    const placed = await placeFile(ctx, { at, from, digest }, scratch);
    if (!placed.ok) return placed;
    files.push(placed.value);
  }
  const { bundle } = code;
  const installed = path.join(ctx.root, 'node_modules');
  const packages = bundle && nodeModules(ctx.root, bundle, path.dirname(scratch));
  if (packages !== undefined || existsSync(installed)) {
    symlinkSync(packages?.folder ?? installed, path.join(scratch, 'node_modules'));
  }

  // A probe does not run in the scratch folder.
  const from = probe ? `${scratch}/` : '';
  if (code.python !== undefined && command.kind === 'py') {
    const entry = `${from}code/${path.posix.normalize(command.entry)}`;
    return ok({ files, program: [code.python.executable, entry] });
  }
  if (bundle === undefined || packages === undefined) return ok({ files, program: undefined });
  const bytes = await bundle.bytes();
  if (!bytes.ok) return bytes;
  const file = path.join(scratch, 'code', bundle.file);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes.value);
  // Node's search for the settings of a package ends here: the project's package.json is not an
  // input.
  const settings = path.join(scratch, 'code', 'package.json');
  if (!existsSync(settings)) writeFileSync(settings, '{}\n');
  const map = await bundle.map();
  if (map !== undefined) writeFileSync(path.join(scratch, 'code', bundle.mapFile), map);
  const program = [process.execPath, '--enable-source-maps'];
  const plain = plainPath(ctx, scratch);
  if (plain === scratch || !scratch.includes('\\')) {
    // For --require, Node would look for a package.json in all folders above the working directory.
    const guard = pathToFileURL(packages.guard).href;
    program.push('--import', guard, `${from}code/${bundle.file}`);
  } else {
    // Node refuses modules whose real path has a backslash.
    const guard = path.join(
      path.dirname(plain),
      path.relative(path.dirname(scratch), packages.guard),
    );
    program.push('--preserve-symlinks', '--preserve-symlinks-main', '--require', guard);
    program.push(path.join(plain, 'code', bundle.file));
  }
  return ok({ files, program });
}

interface CodeCopy {
  /** Below code/. */
  readonly at: string;
  readonly from: string;
  readonly digest: Digest;
}

async function placeFile(
  ctx: EngineContext,
  { at, from, digest }: CodeCopy,
  scratch: string,
): Promise<Result<PlacedCode, Failure>> {
  const source = await ctx.store.source(from);
  if (!source.ok || source.value.artifact.digest !== digest) {
    const message = `${at} was changed during the run`;
    return err({ reason: 'code', message, hint: 'start the run again' });
  }
  const to = path.join(scratch, 'code', at);
  mkdirSync(path.dirname(to), { recursive: true });
  const done = await ctx.store.materialise(source.value.artifact, to, 'read-only');
  if (!done.ok) return err({ reason: 'store', message: done.error.message });
  linkName(scratch, at);
  return ok({ kind: 'code', name: at, artifact: source.value.artifact, path: to });
}

/** `stages/x.py` also resolves from the working directory itself, unless the name is the contract's. */
function linkName(scratch: string, file: string): void {
  const first = file.split('/')[0] ?? file;
  const link = path.join(scratch, first);
  if (ownNames.has(first) || existsSync(link)) return;
  symlinkSync(path.join('code', first), link);
}
