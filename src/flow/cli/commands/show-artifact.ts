import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import { ADOPTED, artifactName } from '../../core/names.ts';
import { ok } from '../../core/result.ts';
import { type Content, contentOf, MAX_PREVIEWED_FILES } from '../../inspect/artifact-content.ts';
import { exportsOf, provenanceClosure, readersOf } from '../../inspect/provenance.ts';
import { originText } from '../../key/origins.ts';
import { formatAge, formatBytes, formatDuration } from '../../report/format.ts';
import { previewLines } from '../../report/preview/preview-lines.ts';
import { provenanceLines, provenanceTree } from '../../report/provenance-tree.ts';
import { madeText } from '../../report/changes/made-text.ts';
import { type Style, styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import { storedPath } from '../../store/stored-text.ts';
import { type Args, type Ended, printJson, printLines, usage } from '../args/command.ts';
import { shownPath } from '../project/project.ts';
import type { Session } from '../project/session.ts';
import { artifactOf, damaged, type Target } from '../project/target.ts';

/** `flow show STAGE.OUTPUT`: the content, origin and readers of an artifact. */
export async function showArtifact(
  args: Args,
  target: Target,
  output: string,
  result: ActionResult,
  ofInstance: Readonly<Record<string, unknown>>,
): Promise<Ended> {
  const { session, view, instance } = target;
  const artifact = result.outputs[output];
  const declared = instance.outputs.find(({ name }) => name === output);
  if (!artifact || !declared) return usage('no-output', `${instance.id} has no output '${output}'`);
  const { io, store, project } = session;
  const name = path.posix.basename(declared.path);
  const [, subpath = ''] = args.operands;
  if (subpath !== '') return showFile(args, target, subpath);
  const content = await contentOf(store, artifact, name);
  if (!content.ok) return damaged(content.error, target, args);
  const known = await provenanceClosure(store, result);
  const origins = provenanceTree(result.provenance, (key) => known.get(key), originText);
  const readers = readersOf(view.context.dag, instance, output);
  const exported = exportsOf(view.context.dag, instance, output).map((at) =>
    shownPath(io, project.root, at),
  );
  const { execution } = result;
  const reference = artifactName(instance.id, output);
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
        execution.run === ADOPTED
          ? madeText({ ...execution, at: execution.startedAt })
          : `${formatAge(io.clock() - made)} ago in ${formatDuration(execution.wallMs)} by run ${execution.run}`,
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
async function showFile(args: Args, target: Target, subpath: string): Promise<Ended> {
  const { session } = target;
  const { io, store } = session;
  const found = await artifactOf(target, args, subpath);
  if (!found.ok) return found;
  const { artifact } = found.value;
  const content = await contentOf(store, artifact, subpath);
  if (!content.ok) return damaged(content.error, target, args);
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

function shownBlob({ io, project, store }: Session, artifact: Artifact & { kind: 'file' }): string {
  return shownPath(io, project.root, storedPath(store, artifact));
}
