import type { Artifact } from '../core/artifact.ts';
import { ok } from '../core/result.ts';
import { dataUrl, imageTypeOf } from '../report/media-type.ts';
import type { Preview } from '../report/preview/preview.ts';
import { HEAD_BYTES, previewOf } from '../report/preview/preview-of.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { TreeEntry } from '../store/store.ts';
import { readHead } from '../store/stored-text.ts';

/** The content of an artifact: the preview of a file, or the files of a folder. */
export interface Content {
  readonly preview?: Preview;
  /** The file of the folder that the preview shows. */
  readonly of?: string;
  readonly files?: readonly {
    readonly path: string;
    readonly size: number | null;
    readonly brief: string;
  }[];
}

/** The maximum number of files in a folder with a preview; the others are only listed. */
export const MAX_PREVIEWED_FILES = 40;

export async function contentOf(store: DiskStore, artifact: Artifact, name: string) {
  if (artifact.kind === 'file') {
    const head = await readHead(store, artifact, HEAD_BYTES);
    return head.ok ? ok<Content>({ preview: previewOf(name, head.value, artifact.size) }) : head;
  }
  const entries = await store.list(artifact);
  if (!entries.ok) return entries;
  const files = [];
  for (const [i, entry] of entries.value.entries()) {
    files.push(await fileFacts(store, entry, i < MAX_PREVIEWED_FILES));
  }
  // For a model's folder, preview the tensors.
  const models = entries.value.filter(({ path: at }) => at.endsWith('.safetensors'));
  const [model] = models;
  if (model?.type !== 'file' || models.length > 1) return ok<Content>({ files });
  const head = await readHead(store, { kind: 'file', ...model }, HEAD_BYTES);
  if (!head.ok) return ok<Content>({ files });
  const preview = previewOf(model.path, head.value, model.size);
  return ok<Content>({ files, preview, of: model.path });
}

async function fileFacts(store: DiskStore, entry: TreeEntry, look: boolean) {
  const { path } = entry;
  if (entry.type !== 'file') {
    const brief = entry.type === 'link' ? `link to ${entry.target}` : 'empty folder';
    return { path, size: null, brief };
  }
  const { size } = entry;
  if (!look) return { path, size, brief: '' };
  const head = await readHead(store, { kind: 'file', ...entry }, HEAD_BYTES);
  return { path, size, brief: head.ok ? previewOf(path, head.value, size).brief : 'damaged' };
}

/** The maximum size of a picture to show. */
const MAX_IMAGE_BYTES = 4 * 1024 * 1024;

/**
 * A stored picture as a data URL. It is to be shown as an image and never as a document, so that a script in
 * an SVG does not run. undefined: it is no picture, too large, or lost.
 */
export async function pictureOf(
  store: DiskStore,
  artifact: Artifact,
  name: string,
): Promise<string | undefined> {
  const type = imageTypeOf(name);
  if (type === undefined || artifact.kind === 'tree') return undefined;
  if (artifact.size > MAX_IMAGE_BYTES) return undefined;
  const bytes = await store.read(artifact);
  return bytes.ok ? dataUrl(type, bytes.value) : undefined;
}
