import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { build } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import { ok, type Result } from '../../core/result.ts';
import type { RememberedDag } from '../../engine/context.ts';
import { canonicalJson } from '../../key/canonical.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';
import type { Blobs, Memo } from '../../key/files/memo.ts';
import type { Digest } from '../../core/ids.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { ReadText, Unreadable } from '../../pipeline/read/includes.ts';
import type { LoadedPipeline, LoadRequest } from '../../pipeline/resolve/load.ts';
import { nearest, suggest } from '../../pipeline/nearest.ts';
import { type Args, type Io, refuse, type Refusal, usage } from '../args/command.ts';
import { programName } from '../args/command-again.ts';
import { nearestRoot, shownPath } from './project.ts';
import { readBytes, readText } from './read-text.ts';

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
  read: ReadText = (file) => Promise.resolve(readText(file)),
): Promise<Result<LoadedPipeline, Refusal>> {
  const text = await read(path.resolve(io.cwd, request.file));
  if (text === undefined) return noPipeline(io, request.file);
  if (typeof text !== 'string') {
    const message = `${request.file} ${text.why}`;
    return usage('no-pipeline', message, 'write the path of a text file: pipelines/NAME.yaml');
  }
  const { loadPipeline } = await import('../../pipeline/resolve/load.ts');
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
      if (typeof text === 'string') texts.set(file, text);
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

/** Holds while every file that was read, or looked for, still has the same text. */
export async function remembered<T>(
  where: {
    readonly memo: Memo;
    readonly blobs: Blobs;
    readonly name: readonly [what: string, args: Args, io: Io, request: PipelineRequest];
  },
  make: (read: ReadText) => Promise<Result<T, Refusal>>,
): Promise<Result<{ readonly value: T; readonly digest: Digest }, Refusal>> {
  const { memo, blobs } = where;
  const name = memoName(...where.name);
  const known = await recall<T>(await memo.get(name), blobs);
  if (known !== undefined) return ok(known);

  const texts = new Map<string, Digest | null>();
  const made = await make((file) => {
    const bytes = readBytes(file);
    texts.set(file, digestOf(bytes));
    return Promise.resolve(Buffer.isBuffer(bytes) ? bytes.toString('utf8') : bytes);
  });
  if (!made.ok) return made;
  const bytes = new TextEncoder().encode(JSON.stringify(made.value));
  const { digest, size } = await blobs.putBytes(bytes, false);
  await memo.put(name, { texts: Object.fromEntries(texts), value: { digest, size } });
  return ok({ value: made.value, digest });
}

function paramOverrides(args: Args): LoadRequest['overrides'] {
  return {
    profiles: args.values('profile'),
    paramsFiles: args.values('params-file'),
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
    if (digestOf(readBytes(file)) !== digest) return undefined;
  }
  const bytes = await blobs.read({ kind: 'file', exec: false, ...value });
  if (!bytes.ok) return undefined;
  return { value: JSON.parse(new TextDecoder().decode(bytes.value)) as T, digest: value.digest };
}

/** null: no text. */
function digestOf(bytes: Buffer | Unreadable | undefined): Digest | null {
  return Buffer.isBuffer(bytes) ? digestBytes(bytes) : null;
}

async function noPipeline(io: Io, file: string): Promise<Result<never, Refusal>> {
  const beside = await yamlIn(path.resolve(io.cwd, path.dirname(file)));
  const siblings = beside.map((name) => path.join(path.dirname(file), name));
  const near = [...new Set([...siblings, ...(await pipelinesNear(io))])].filter(
    (name) => name !== file && path.basename(name) !== 'flow.yaml',
  );
  const stems = new Map(near.map((name) => [stemOf(name), name]));
  const meant = stems.get(nearest(stemOf(file), stems.keys()) ?? '');
  if (meant !== undefined) {
    return usage('no-pipeline', `there is no pipeline file '${file}'`, `did you mean '${meant}'?`);
  }
  const hint =
    near.length > 0
      ? suggest(file, near, 'pipelines')
      : `use ${programName(io.env)} init to write a small project`;
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
  return (await yamlIn(path.join(folder, 'pipelines'))).map((name) => `pipelines/${name}`);
}

async function yamlIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  } catch {
    return [];
  }
}
