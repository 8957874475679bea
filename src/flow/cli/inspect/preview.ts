import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { DiskStore } from '../../store/disk-store.ts';
import type { Preview } from '../../web/server/source.ts';
import { contentOf } from './artifact-content.ts';

const MAX_IMAGE_BYTES = 4 * 1024 * 1024;

const types: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
};

/** What `flow show` says of a stored file or folder, and a picture itself. undefined: it is lost. */
export async function previewOf(
  store: DiskStore,
  artifact: Artifact,
  name: string,
): Promise<Preview | undefined> {
  const content = await contentOf(store, artifact, name);
  if (!content.ok) return undefined;
  const url = await imageUrl(store, artifact, name);
  return { size: artifact.size, ...content.value, ...(url !== undefined && { image: url }) };
}

/** Shown as an image and never as a document, so that a script in an SVG does not run. */
async function imageUrl(
  store: DiskStore,
  artifact: Artifact,
  name: string,
): Promise<string | undefined> {
  const type = types[path.extname(name).toLowerCase()];
  if (type === undefined || artifact.kind === 'tree') return undefined;
  if (artifact.size > MAX_IMAGE_BYTES) return undefined;
  const bytes = await store.read(artifact);
  if (!bytes.ok) return undefined;
  return `data:${type};base64,${Buffer.from(bytes.value).toString('base64')}`;
}
