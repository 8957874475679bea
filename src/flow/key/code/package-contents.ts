import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../../core/events.ts';
import { ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { digestCodeFiles, digestListing } from './code-files.ts';
import type { CodeFilesOptions } from './code-files.ts';
import type { ManifestPackage } from '../manifest.ts';
import type { InstalledPackage } from './packages.ts';

/** The packages in the form of a manifest. A package that npm copied from a folder has a digest of its files. */
export async function withContents(
  options: CodeFilesOptions,
  packages: readonly InstalledPackage[],
): Promise<Result<readonly ManifestPackage[], Failure>> {
  if (packages.every(({ folder }) => folder === undefined)) return ok(packages);
  const counted: ManifestPackage[] = [];
  for (const { folder, ...known } of packages) {
    if (folder === undefined) {
      counted.push(known);
    } else {
      const files = await digestCodeFiles(options, filesBelow(options.root, folder));
      if (!files.ok) return files;
      const inFolder = files.value.map((file) => ({
        ...file,
        path: file.path.slice(folder.length + 1),
      }));
      counted.push({ ...known, content: digestListing(inFolder) });
    }
  }
  return ok(counted);
}

/** Sorted; none where the folder was removed. Packages in its node_modules count separately. */
function filesBelow(root: string, folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(root, path);
      return entry.isFile() ? [path] : [];
    });
}
