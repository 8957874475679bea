import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { build } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import { ok, type Result } from '../../core/result.ts';
import { errorCode } from '../../core/system-error.ts';
import type { RememberedDag } from '../../engine/context.ts';
import { canonicalJson } from '../../key/canonical.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';
import type { Blobs, Memo } from '../../key/memo.ts';
import type { Digest } from '../../core/ids.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { LoadedPipeline } from '../../pipeline/load.ts';
import { nearest, suggest } from '../../pipeline/nearest.ts';
import { type Args, type Io, refuse, type Refusal, usage } from '../args/command.ts';
import { nearestRoot, shownPath } from './project.ts';

export interface PipelineRequest {
  /** As the user wrote it. */
  readonly file: string;
  readonly targets: readonly string[];
  readonly root: string;
}

/** Reads a pipeline under the command line's overrides: text to Dag, and the spec it came from. */
export async function loadFromText(
  args: Args,
  io: Io,
  request: PipelineRequest,
  read: (file: string) => Promise<string | undefined> = readText,
): Promise<Result<LoadedPipeline, Refusal>> {
  if ((await read(path.resolve(io.cwd, request.file))) === undefined) {
    return noPipeline(io, request.file);
  }
  const { loadPipeline } = await import('../../pipeline/load.ts');
  const loaded = await loadPipeline({
    ...request,
    cwd: io.cwd,
    read,
    overrides: paramOverrides(args),
  });
  return loaded.ok ? loaded : refuse(2, ...loaded.error);
}

export interface LoadedDag {
  readonly dag: Dag;
  readonly remembered: RememberedDag;
}

/** The same, remembered by the texts it came from: a run that changes nothing parses no YAML. */
export async function loadDag(
  args: Args,
  io: Io,
  request: PipelineRequest,
  { memo, blobs }: { readonly memo: Memo; readonly blobs: Blobs },
): Promise<Result<LoadedDag, Refusal>> {
  const dag = await remembered({ memo, blobs, name: ['dag', args, io, request] }, async (read) => {
    const texts = new Map<string, string>();
    const loaded = await loadFromText(args, io, request, async (file) => {
      const text = await read(file);
      if (text !== undefined) texts.set(file, text);
      return text;
    });
    if (!loaded.ok) return loaded;
    // Kept, so that what a run did can be told after the pipeline has changed.
    const files: Record<string, Digest> = {};
    for (const file of loaded.value.files) {
      const bytes = new TextEncoder().encode(texts.get(file));
      files[path.relative(request.root, file)] = (await blobs.putBytes(bytes, false)).digest;
    }
    return ok<Dag>({ ...loaded.value.dag, files });
  });
  if (!dag.ok) return dag;
  const { value, digest } = dag.value;
  return ok({ dag: value, remembered: { digest, name: memoName('dag', args, io, request) } });
}

type Read = (file: string) => Promise<string | undefined>;

/** Holds while every file that was read, or looked for, still has the same text. */
export async function remembered<T>(
  where: {
    readonly memo: Memo;
    readonly blobs: Blobs;
    readonly name: readonly [what: string, args: Args, io: Io, request: PipelineRequest];
  },
  make: (read: Read) => Promise<Result<T, Refusal>>,
): Promise<Result<{ readonly value: T; readonly digest: Digest }, Refusal>> {
  const { memo, blobs } = where;
  const name = memoName(...where.name);
  const known = await recall<T>(await memo.get(name), blobs);
  if (known !== undefined) return ok(known);

  const texts = new Map<string, Digest | null>();
  const made = await make(async (file) => {
    const bytes = readIfThere(file);
    texts.set(file, bytes === undefined ? null : digestBytes(bytes));
    return bytes?.toString('utf8');
  });
  if (!made.ok) return made;
  const bytes = new TextEncoder().encode(JSON.stringify(made.value));
  const { digest, size } = await blobs.putBytes(bytes, false);
  await memo.put(name, { texts: Object.fromEntries(texts), value: { digest, size } });
  return ok({ value: made.value, digest });
}

function paramOverrides(args: Args): {
  profile?: string;
  paramsFile?: string;
  set: readonly string[];
} {
  const profile = args.value('profile');
  const paramsFile = args.value('params-file');
  return {
    ...(profile !== undefined && { profile }),
    ...(paramsFile !== undefined && { paramsFile }),
    set: args.values('param'),
  };
}

function memoName(what: string, args: Args, io: Io, request: PipelineRequest): string {
  const about = { ...request, ...paramOverrides(args), cwd: io.cwd, version: io.version, build };
  return `${what}-${hexOf(digestBytes(canonicalJson(about as unknown as Json)))}`;
}

interface Remembered {
  readonly texts: Readonly<Record<string, Digest | null>>;
  readonly value: { readonly digest: Digest; readonly size: number };
}

async function recall<T>(
  known: Json | undefined,
  blobs: Blobs,
): Promise<{ readonly value: T; readonly digest: Digest } | undefined> {
  if (known === undefined) return undefined;
  const { texts, value } = known as unknown as Remembered;
  for (const [file, digest] of Object.entries(texts)) {
    const now = readIfThere(file);
    if ((now === undefined ? null : digestBytes(now)) !== digest) return undefined;
  }
  const bytes = await blobs.read({ kind: 'file', exec: false, ...value });
  if (!bytes.ok) return undefined;
  return { value: JSON.parse(new TextDecoder().decode(bytes.value)) as T, digest: value.digest };
}

async function readText(file: string): Promise<string | undefined> {
  return readIfThere(file)?.toString('utf8');
}

const MISSING = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (MISSING.has(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

async function noPipeline(io: Io, file: string): Promise<Result<never, Refusal>> {
  const near = (await pipelinesNear(io)).filter((name) => name !== file);
  const stems = new Map(near.map((name) => [stemOf(name), name]));
  const meant = stems.get(nearest(stemOf(file), stems.keys()) ?? '');
  if (meant !== undefined) {
    return usage('no-pipeline', `there is no pipeline file '${file}'`, `did you mean '${meant}'?`);
  }
  const hint =
    near.length > 0 ? suggest(file, near, 'pipelines') : 'flow init writes a small project';
  return usage('no-pipeline', `there is no pipeline file '${file}'`, hint);
}

/** `fig3` of `pipelines/fig3.yaml`. */
function stemOf(file: string): string {
  return path.basename(file).replace(/\.ya?ml$/, '');
}

/** What lies in the usual place of this folder, else of the project around it, as a person here would name it. */
export async function pipelinesNear(
  io: Io,
  root: string | undefined = nearestRoot(io.cwd),
): Promise<readonly string[]> {
  const here = await pipelinesIn(io.cwd);
  if (here.length > 0 || root === undefined) return here;
  return (await pipelinesIn(root)).map((name) => shownPath(io, root, name));
}

async function pipelinesIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(path.join(folder, 'pipelines'));
    return names
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => `pipelines/${name}`)
      .sort();
  } catch {
    return [];
  }
}
