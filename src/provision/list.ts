import { findInstalled } from '../ml/backend/installed.ts';
import type { InstalledName } from '../ml/backend/installed.ts';
import { bytesOf, formatMegabytes } from './size.ts';

/** Of all that are installed, for people. */
export function listBackends(names: readonly InstalledName[], folder: string): readonly string[] {
  return names.flatMap((name) => {
    const found = findInstalled(name, folder);
    if (found === undefined) return [];
    const versions = Object.entries(found.about.versions);
    const [first] = versions;
    const what = first === undefined ? '' : `${first[0]} ${first[1]}`;
    return [`${name}  ${what}, ${formatMegabytes(bytesOf(found.folder))}  ${found.folder}`];
  });
}
