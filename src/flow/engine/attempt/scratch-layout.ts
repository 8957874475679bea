import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Failure } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { InputOrigin } from '../../key/manifest.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { SourceArtifact } from '../../store/store.ts';
import { commandLine } from './command-line.ts';
import type { EngineContext } from '../context.ts';
import { nodeModules } from './node-modules.ts';
import { isMany } from '../survey/resolve-action.ts';
import type { ResolvedAction, TracedInput } from '../survey/resolve-action.ts';

// What a stage finds in its working directory (docs/stage-contract.md):
//
//   in/<input>/<file name>          in/<input>/0000/<file name> for a collected one; no in/ without
//                                   inputs, no code/ without code: folders are most of a small stage's cost
//   out/                            parents of the outputs exist, the outputs do not
//   code/<project path>             and <first part> -> code/<first part>, so that project paths resolve
//   node_modules -> the project's; for ts a folder of links, which stages of a run share
//   checkpoint -> a folder that outlives this attempt
//   tmp/  stage.json  events.ndjson (made by the stage's first event)

const ownNames = new Set([
  'in',
  'out',
  'code',
  'tmp',
  'checkpoint',
  'node_modules',
  'stage.json',
  'events.ndjson',
]);

export interface Layout {
  readonly argv: readonly string[];
  /** The inputs and shared code files, which the stage may not change. */
  readonly placed: readonly PlacedArtifact[];
  /** When it was complete, by the clock of the file system, in milliseconds since the epoch. */
  readonly readyMs: number;
}

export interface PlacedArtifact {
  /** The name for messages: the origin of an input, the path of a code file. */
  readonly name: string;
  readonly artifact: Artifact;
  /** Absolute. */
  readonly path: string;
  /** For a source: the facts that must still be true when the stage ends. */
  readonly source?: SourceArtifact;
}

/**
 * Why an action could not be prepared: a failure of the instance, or an input whose blob is
 * damaged.
 */
export type LayoutError =
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'damaged'; readonly origin: InputOrigin; readonly message: string };

export async function layOut(
  ctx: EngineContext,
  instance: Instance,
  action: ResolvedAction,
  scratch: string,
  checkpoint: string,
): Promise<Result<Layout, LayoutError>> {
  const folders = new Set<string>();
  const makeFolder = (folder: string): void => {
    const parent = path.posix.dirname(folder);
    if (folder === '.' || folders.has(folder)) return;
    makeFolder(parent);
    folders.add(folder);
    mkdirSync(path.join(scratch, folder));
  };
  makeFolder('out');
  makeFolder('tmp');
  symlinkSync(checkpoint, path.join(scratch, 'checkpoint'));

  const placed = await placeInputs(ctx, action, scratch, makeFolder);
  if (!placed.ok) return placed;
  const outputs: Record<string, string> = {};
  for (const output of instance.outputs) {
    outputs[output.name] = `out/${output.path}`;
    makeFolder(path.posix.dirname(`out/${output.path}`));
  }
  const { placed: files } = placed.value;
  const program = await placeCode(ctx, instance, action, scratch, files);
  if (!program.ok) return err({ kind: 'failure', failure: program.error });

  const stageFile = {
    contract: 1,
    stage: instance.stage,
    params: instance.params,
    inputs: placed.value.described,
    outputs,
    checkpoint: 'checkpoint',
  };
  // Written last, so that its time is the time of the whole folder.
  const described = path.join(scratch, 'stage.json');
  writeFileSync(described, `${JSON.stringify(stageFile, null, 2)}\n`);
  const paths = { inputs: placed.value.paths, outputs };
  const argv = commandLine(instance, paths, program.value);
  return ok({ argv, placed: files, readyMs: statSync(described).mtimeMs });
}

interface PlacedInputs {
  readonly paths: Record<string, string | readonly string[]>;
  readonly described: Record<string, Json>;
  readonly placed: PlacedArtifact[];
}

async function placeInputs(
  ctx: EngineContext,
  action: ResolvedAction,
  scratch: string,
  makeFolder: (folder: string) => void,
): Promise<Result<PlacedInputs, LayoutError>> {
  const paths: PlacedInputs['paths'] = {};
  const described: PlacedInputs['described'] = {};
  const placed: PlacedArtifact[] = [];
  const place = async (input: TracedInput, to: string): Promise<LayoutError | undefined> => {
    makeFolder(path.posix.dirname(to));
    const absolute = path.join(scratch, to);
    const done = await ctx.store.materialise(input.artifact, absolute, 'link');
    const { artifact, origin, source } = input;
    const name = 'source' in origin ? origin.source : `${origin.instance}.${origin.output}`;
    placed.push({ name, artifact, path: absolute, ...(source === undefined ? {} : { source }) });
    if (done.ok) return undefined;
    const { code, message } = done.error;
    if (code === 'io') return { kind: 'failure', failure: { reason: 'store', message } };
    return { kind: 'damaged', origin: input.origin, message };
  };
  for (const [name, input] of action.inputs) {
    if (isMany(input)) {
      const list = input.map((item, index) => ({
        axes: item.axes ?? {},
        path: `in/${name}/${String(index).padStart(4, '0')}/${item.as}`,
      }));
      for (const [index, item] of input.entries()) {
        const failed = await place(item, list[index]?.path ?? '');
        if (failed !== undefined) return err(failed);
      }
      paths[name] = list.map((item) => item.path);
      described[name] = list;
    } else {
      const to = `in/${name}/${input.as}`;
      const failed = await place(input, to);
      if (failed !== undefined) return err(failed);
      paths[name] = to;
      described[name] = to;
    }
  }
  return ok({ paths, described, placed });
}

/** The program that runs the code of a ts or py stage: the beginning of its argv. */
async function placeCode(
  ctx: EngineContext,
  { command, probe }: Instance,
  { code }: ResolvedAction,
  scratch: string,
  files: PlacedArtifact[],
): Promise<Result<readonly string[] | undefined, Failure>> {
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
    return ok([code.python.executable, `${from}code/${path.posix.normalize(command.entry)}`]);
  }
  if (bundle === undefined || packages === undefined) return ok(undefined);
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
  const options = ['--enable-source-maps', '--require', packages.guard];
  return ok([process.execPath, ...options, `${from}code/${bundle.file}`]);
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
): Promise<Result<PlacedArtifact, Failure>> {
  const source = await ctx.store.source(from);
  if (!source.ok || source.value.artifact.digest !== digest) {
    const message = `${at} was changed during the run`;
    return err({ reason: 'code', message, hint: 'start the run again' });
  }
  const to = path.join(scratch, 'code', at);
  mkdirSync(path.dirname(to), { recursive: true });
  const done = await ctx.store.materialise(source.value.artifact, to, 'link');
  if (!done.ok) return err({ reason: 'store', message: done.error.message });
  linkName(scratch, at);
  return ok({ name: at, artifact: source.value.artifact, path: to });
}

/** `stages/x.py` also resolves from the working directory itself, unless the name is the contract's. */
function linkName(scratch: string, file: string): void {
  const first = file.split('/')[0] ?? file;
  const link = path.join(scratch, first);
  if (ownNames.has(first) || existsSync(link)) return;
  symlinkSync(path.join('code', first), link);
}
