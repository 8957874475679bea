import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { ActionKey } from '../../core/ids.ts';
import { ok } from '../../core/result.ts';
import type { Provenance } from '../../key/manifest.ts';
import { originText } from '../../key/origins.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { formatAge, formatBytes, formatDuration } from '../../report/format.ts';
import { previewLines } from '../../report/preview/preview-lines.ts';
import { provenanceLines, provenanceTree } from '../../report/provenance-tree.ts';
import { type Style, styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { DiskStore } from '../../store/disk-store.ts';
import { blobPath } from '../../store/layout.ts';
import { type Content, contentOf, MAX_PREVIEWED_FILES } from '../inspect/artifact-content.ts';
import { damaged } from './cat.ts';
import { type Args, type Ended, printJson, printLines, usage } from '../args/command.ts';
import { shownPath } from '../project/project.ts';
import type { Session } from '../project/session.ts';
import { artifactOf, type Target, type View } from '../project/target.ts';

/** `flow show STAGE.OUTPUT`: what an artifact is, where it came from, who reads it, what is in it. */
export async function showArtifact(
  args: Args,
  session: Session,
  target: Target,
  output: string,
  result: ActionResult,
  ofInstance: Readonly<Record<string, unknown>>,
): Promise<Ended> {
  const { view, instance } = target;
  const artifact = result.outputs[output];
  const declared = instance.outputs.find(({ name }) => name === output);
  if (!artifact || !declared) return usage('no-output', `${instance.id} has no output '${output}'`);
  const { io, store, project } = session;
  const name = path.posix.basename(declared.path);
  const [, subpath = ''] = args.operands;
  if (subpath !== '') return showFile(args, session, target, subpath);
  const content = await contentOf(store, artifact, name);
  if (!content.ok) return damaged(content.error, session);
  const known = await provenanceClosure(store, result);
  const origins = provenanceTree(result.provenance, (key) => known.get(key), originText);
  const readers = readersOf(view, instance, output);
  const exported = exportsOf(view, instance, output).map((at) => shownPath(io, project.root, at));
  const { execution } = result;
  const reference = originText({ instance: instance.id, output, key: result.key });
  if (args.has('json')) {
    const { files, preview } = content.value;
    await printJson(io, {
      ...ofInstance,
      reference,
      ...artifact,
      meaning: declared.kind ?? null,
      key: result.key,
      made: { run: execution.run, at: execution.startedAt, host: execution.host },
      exported,
      readers,
      from: origins,
      ...(files && { files }),
      ...(preview && { preview }),
    });
    return ok(0);
  }
  const style = styleFor(io.stdout, io.env);
  const made = Date.parse(execution.startedAt) + execution.wallMs;
  const what = content.value.files ? 'folder' : content.value.preview?.format;
  const meaning = declared.kind === undefined ? '' : ` (${declared.kind})`;
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['kind', [`${what}${meaning}, ${formatBytes(artifact.size)}`]],
    ['digest', [artifact.digest]],
    [
      'made',
      [
        `${formatAge(io.clock() - made)} ago in ${formatDuration(execution.wallMs)} by run ${execution.run}`,
      ],
    ],
    ['exported', exported],
    ['stored at', artifact.kind === 'file' ? [shownBlob(session, artifact)] : []],
    ['read by', readers.length > 0 ? readers : ['nothing']],
    ['from', provenanceLines(origins)],
  ];
  const lines = facts.flatMap(([name, values]) =>
    values.map((value, i) => `${style.dim((i === 0 ? name : '').padEnd(9))} ${value}`),
  );
  const inside = contentLines(content.value, style);
  await printLines(io, [
    style.bold(reference),
    ...lines,
    ...(inside.length > 0 ? ['', ...inside] : []),
  ]);
  return ok(0);
}

/** A file of a folder. */
async function showFile(
  args: Args,
  session: Session,
  target: Target,
  subpath: string,
): Promise<Ended> {
  const { io, store } = session;
  const found = await artifactOf(target, subpath);
  if (!found.ok) return found;
  const { artifact } = found.value;
  const content = await contentOf(store, artifact, subpath);
  if (!content.ok) return damaged(content.error, session);
  const { preview } = content.value;
  if (args.has('json')) {
    await printJson(io, { path: subpath, ...artifact, ...(preview && { preview }) });
    return ok(0);
  }
  const style = styleFor(io.stdout, io.env);
  const about = `${preview?.format ?? 'folder'}, ${formatBytes(artifact.size)}`;
  await printLines(io, [
    `${style.bold(subpath)}  ${about}  ${style.dim(artifact.digest)}`,
    ...contentLines(content.value, style),
  ]);
  return ok(0);
}

function contentLines({ preview, files, of }: Content, style: Style): string[] {
  const inside = preview ? [style.dim(preview.brief), ...previewLines(preview, style)] : [];
  if (!files) return inside;
  const titles = [{ title: 'FILE' }, { title: 'SIZE', right: true }, { title: 'WHAT' }];
  const rows = files.slice(0, MAX_PREVIEWED_FILES).map(({ path: at, size, brief }) => {
    return [at, size === null ? '' : formatBytes(size), brief];
  });
  const rest = files.length - rows.length;
  return [
    ...table(titles, rows, style.dim),
    ...(rest > 0 ? [style.dim(`… and ${rest} more`)] : []),
    ...(of === undefined ? [] : ['', style.bold(of), ...inside]),
  ];
}

/** Every result on the way back to the sources, as far as the cache still has them. */
async function provenanceClosure(
  store: DiskStore,
  { provenance }: ActionResult,
): Promise<ReadonlyMap<string, Provenance>> {
  const known = new Map<string, Provenance>();
  const wanted = [provenance];
  for (let next = wanted.pop(); next; next = wanted.pop()) {
    for (const origin of Object.values(next.inputs).flat()) {
      if (!('key' in origin) || known.has(origin.key)) continue;
      const made = await store.action(origin.key as ActionKey);
      if (!made) continue;
      known.set(origin.key, made.provenance);
      wanted.push(made.provenance);
    }
  }
  return known;
}

const MAX_READERS = 3;

/** Who reads it in this run; many of one stage are counted. */
function readersOf({ context }: View, { id }: Instance, output: string): readonly string[] {
  const byStage = new Map<string, string[]>();
  for (const reader of context.dag.instances) {
    const reads = reader.inputs.some((input) => {
      if (input.kind === 'source') return false;
      const refs = input.kind === 'artifact' ? [input.from] : input.items.map(({ from }) => from);
      return refs.some((from) => from.instance === id && from.output === output);
    });
    if (reads) byStage.set(reader.stage, [...(byStage.get(reader.stage) ?? []), reader.id]);
  }
  return [...byStage].flatMap(([stage, ids]) =>
    ids.length > MAX_READERS ? [`${stage} (×${ids.length})`] : ids,
  );
}

function exportsOf({ context }: View, { id }: Instance, output: string): readonly string[] {
  return context.dag.exports
    .filter(({ from }) => from.instance === id && from.output === output)
    .map((entry) => entry.path);
}

function shownBlob({ io, project, store }: Session, artifact: Artifact & { kind: 'file' }): string {
  return shownPath(io, project.root, blobPath(store.root, artifact.digest, artifact.exec));
}
