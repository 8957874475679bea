import path from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { Preview } from '../web/server/source.ts';

const MOST_TEXT = 64 * 1024;
const MOST_IMAGE = 4 * 1024 * 1024;
/** Larger files are not read to look at their beginning. */
const MOST_READ = 32 * 1024 * 1024;
const MOST_ROWS = 50;
const MOST_FILES = 500;

const images: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
};

/** A look into a stored file or folder. undefined: it is not in the cache any more. */
export async function previewOf(
  store: DiskStore,
  artifact: Artifact,
  name: string,
): Promise<Preview | undefined> {
  const { size } = artifact;
  if (artifact.kind === 'tree') {
    const entries = await store.list(artifact);
    if (!entries.ok) return undefined;
    const files = entries.value.flatMap((entry) =>
      entry.type === 'file' ? [{ path: entry.path, size: entry.size }] : [],
    );
    const shown = files.slice(0, MOST_FILES);
    return { kind: 'folder', size, files: shown, more: files.length - shown.length };
  }
  if (size > MOST_READ) return { kind: 'binary', size };
  const read = await store.read(artifact);
  if (!read.ok) return undefined;
  const bytes = Buffer.from(read.value);
  const extension = path.extname(name).toLowerCase();
  const image = images[extension];
  if (image !== undefined && size <= MOST_IMAGE) {
    return { kind: 'image', url: `data:${image};base64,${bytes.toString('base64')}`, size };
  }
  const beginning = bytes.subarray(0, MOST_TEXT);
  if (beginning.includes(0)) return { kind: 'binary', size };
  const text = new TextDecoder().decode(beginning);
  if (extension === '.tsv') return { kind: 'table', rows: cells(text, '\t'), size };
  // A quoted field may hold a comma: such a file is shown as it is.
  if (extension === '.csv' && !text.includes('"')) {
    return { kind: 'table', rows: cells(text, ','), size };
  }
  return { kind: 'text', text, size, whole: size <= MOST_TEXT };
}

function cells(text: string, separator: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .slice(0, MOST_ROWS)
    .filter((line) => line !== '')
    .map((line) => line.split(separator));
}
