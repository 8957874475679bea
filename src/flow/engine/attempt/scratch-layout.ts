import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Failure } from '../../core/events.ts';
import type { Json } from '../../core/json.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { InputOrigin } from '../../key/manifest.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { SourceArtifact, Viewed } from '../../store/store.ts';
import { commandLine } from './command-line.ts';
import { placeCode } from './place-code.ts';
import type { PlacedCode } from './place-code.ts';
import type { EngineContext } from '../context.ts';
import { withinLimits } from './long-script.ts';
import { isMany } from '../survey/resolve-action.ts';
import type { ResolvedAction, TracedInput } from '../survey/resolve-action.ts';

// What a stage finds in its working directory (docs/stage-contract.md):
//
//   in/<input>/<file name>          in/<input>/0000/<file name> for a collected one: in/<input>, or in/<input>/0000,
//                                   is a link to a folder of the run that holds nothing else. No in/ without
//                                   inputs, no code/ without code: folders are most of a small stage's cost
//   out/                            parents of the outputs exist, the outputs do not
//   code/<project path>             and <first part> -> code/<first part>, so that project paths resolve
//   node_modules -> the project's; for ts a folder of links, which stages of a run share
//   checkpoint -> a folder that outlives this attempt
//   tmp/  stage.json  events.ndjson (made by the stage's first event)

export interface Layout {
  readonly argv: readonly string[];
  /** The inputs and code files, which the stage may not change. */
  readonly placed: readonly PlacedArtifact[];
  /** When it was complete, by the clock of the file system, in milliseconds since the epoch. */
  readonly readyMs: number;
}

export type PlacedArtifact = PlacedInput | PlacedCode;

/** Other stages see it, too. */
export interface PlacedInput {
  readonly kind: 'input';
  /** Its origin. */
  readonly name: string;
  readonly viewed: Viewed;
  /** The link to it in the scratch folder. */
  readonly link: string;
  /** For a source that stays in its place: the facts that must still be true when the stage ends. */
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
  const code = await placeCode(ctx, instance, action, scratch);
  if (!code.ok) return err({ kind: 'failure', failure: code.error });

  const stageFile = {
    contract: 1,
    params: instance.params,
    inputs: placed.value.described,
    outputs,
    checkpoint: 'checkpoint',
  };
  // Written last, so that its time is the time of the whole folder.
  const described = path.join(scratch, 'stage.json');
  writeFileSync(described, `${JSON.stringify(stageFile, null, 2)}\n`);
  const paths = { inputs: placed.value.paths, outputs };
  const command = commandLine(instance, paths, code.value.program);
  const argv = withinLimits(command, instance, scratch);
  const all = [...placed.value.placed, ...code.value.files];
  return ok({ argv, placed: all, readyMs: statSync(described).mtimeMs });
}

/** The folders of the run to which the links in `in` lead. */
export const inputFolders = ({ placed }: Layout): readonly string[] =>
  placed.flatMap((each) => (each.kind === 'input' ? [each.viewed.folder] : []));

interface PlacedInputs {
  readonly paths: Record<string, string | readonly string[]>;
  readonly described: Record<string, Json>;
  readonly placed: PlacedInput[];
}

async function placeInputs(
  ctx: EngineContext,
  action: ResolvedAction,
  scratch: string,
  makeFolder: (folder: string) => void,
): Promise<Result<PlacedInputs, LayoutError>> {
  const paths: PlacedInputs['paths'] = {};
  const described: PlacedInputs['described'] = {};
  const placed: PlacedInput[] = [];
  const place = async (input: TracedInput, link: string): Promise<LayoutError | undefined> => {
    const { artifact, origin, source, inPlace } = input;
    if (source !== undefined && inPlace === undefined && !(await ctx.store.keepSource(source))) {
      const message = 'a file of it changed after flow read it';
      return { kind: 'damaged', origin, message };
    }
    const done = await ctx.store.view.place(artifact, input.as, inPlace);
    if (!done.ok) {
      const { code, message } = done.error;
      if (code === 'io') return { kind: 'failure', failure: { reason: 'store', message } };
      return { kind: 'damaged', origin, message };
    }
    const name = 'source' in origin ? origin.source : `${origin.instance}.${origin.output}`;
    const stays = inPlace === undefined ? undefined : source;
    const viewed = done.value;
    placed.push({ kind: 'input', name, viewed, link, ...(stays && { source: stays }) });
    makeFolder(path.posix.dirname(link));
    // Relative and short: a longer target takes a block of the disk.
    const from = path.join(scratch, path.posix.dirname(link));
    symlinkSync(path.relative(from, done.value.folder), path.join(scratch, link));
    return undefined;
  };
  for (const [name, input] of action.inputs) {
    if (isMany(input)) {
      const list = input.map((item, index) => ({
        axes: item.axes ?? {},
        path: `in/${name}/${String(index).padStart(4, '0')}/${item.as}`,
      }));
      for (const [index, item] of input.entries()) {
        const failed = await place(item, path.posix.dirname(list[index]?.path ?? ''));
        if (failed !== undefined) return err(failed);
      }
      paths[name] = list.map((item) => item.path);
      described[name] = list;
    } else {
      const to = `in/${name}/${input.as}`;
      const failed = await place(input, `in/${name}`);
      if (failed !== undefined) return err(failed);
      paths[name] = to;
      described[name] = to;
    }
  }
  return ok({ paths, described, placed });
}
