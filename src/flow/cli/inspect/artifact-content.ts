import { closeSync, openSync, readSync } from 'node:fs';
import type { Artifact } from '../../core/artifact.ts';
import { ok } from '../../core/result.ts';
import type { Preview } from '../../report/preview/preview.ts';
import { HEAD_BYTES, previewOf } from '../../report/preview/preview-of.ts';
import type { DiskStore } from '../../store/disk-store.ts';
import { blobPath } from '../../store/layout.ts';
import type { TreeEntry } from '../../store/store.ts';

/** What is in an artifact: a file's preview, or a folder's files. */
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

/** Files of a folder that are looked into; the rest are named. */
export const MAX_PREVIEWED_FILES = 40;

export async function contentOf(store: DiskStore, artifact: Artifact, name: string) {
  if (artifact.kind === 'file') {
    const head = await headOf(store, artifact);
    return head.ok ? ok<Content>({ preview: previewOf(name, head.value, artifact.size) }) : head;
  }
  const entries = await store.list(artifact);
  if (!entries.ok) return entries;
  const files = [];
  for (const [i, entry] of entries.value.entries()) {
    files.push(await fileFacts(store, entry, i < MAX_PREVIEWED_FILES));
  }
  // Of a model's folder the tensors are what one looks for.
  const models = entries.value.filter(({ path: at }) => at.endsWith('.safetensors'));
  const [model] = models;
  if (model?.type !== 'file' || models.length > 1) return ok<Content>({ files });
  const { size, digest, exec } = model;
  const head = await headOf(store, { kind: 'file', exec, size, digest });
  if (!head.ok) return ok<Content>({ files });
  return ok<Content>({ files, preview: previewOf(model.path, head.value, size), of: model.path });
}

async function fileFacts(store: DiskStore, entry: TreeEntry, look: boolean) {
  const at = entry.path;
  if (entry.type !== 'file') {
    const brief = entry.type === 'link' ? `link to ${entry.target}` : 'empty folder';
    return { path: at, size: null, brief };
  }
  const { size } = entry;
  if (!look) return { path: at, size, brief: '' };
  const head = await headOf(store, { kind: 'file', exec: entry.exec, size, digest: entry.digest });
  return { path: at, size, brief: head.ok ? previewOf(at, head.value, size).brief : 'damaged' };
}

/** A small file is checked against its digest; of a large one its beginning is read as it lies. */
async function headOf(store: DiskStore, artifact: Artifact & { kind: 'file' }) {
  if (artifact.size <= HEAD_BYTES) return store.read(artifact);
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const file = openSync(blobPath(store.root, artifact.digest, artifact.exec), 'r');
    try {
      return ok<Uint8Array>(head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0)));
    } finally {
      closeSync(file);
    }
  } catch {
    return store.read(artifact);
  }
}
