// Brings wheels in: from folders where they lie already, else from the package indexes.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { download, sha256Of } from './download.ts';
import { ProvisionError } from './failure.ts';
import { findWheel } from './index-page.ts';
import type { PipSettings } from './pip-settings.ts';
import type { Wheel } from './pins.ts';
import type { Progress } from './progress.ts';
import { formatMegabytes } from './size.ts';

export interface WheelSources {
  /** Folders to look in first. */
  readonly folders: readonly string[];
  /** Asked where the folders do not have it. */
  readonly pip: () => Promise<PipSettings>;
  /** Keeps downloads until they are used up. */
  readonly downloads: string;
  readonly progress: Progress;
}

/** @returns the file's path, its digest checked */
export async function bringWheel(wheel: Wheel, sources: WheelSources): Promise<string> {
  const { progress, downloads } = sources;
  const given = await fromFolders(wheel, [...sources.folders, downloads]);
  if (given !== undefined) return given;
  const pip = await sources.pip();
  const local = await fromFolders(wheel, pip.folders);
  if (local !== undefined) return local;
  const byHand = `fetch it by hand: pip download --no-deps --only-binary=:all: --python-version 3.11 ${wheel.project}==${wheel.version}; then add --wheels DIR`;
  if (pip.proxy !== undefined) {
    throw new ProvisionError(
      `a proxy is set, which ${wheel.file} cannot be fetched through`,
      byHand,
    );
  }
  const http = { ca: pip.cert === undefined ? undefined : readFileSync(pip.cert, 'utf8') };
  for (const index of pip.indexes) {
    const url = await findWheel(wheel, index, http);
    if (url === undefined) continue;
    progress.say(`fetching ${wheel.project} ${wheel.version} (${formatMegabytes(wheel.bytes)})`);
    const onProgress = progress.of(wheel.project, wheel.bytes);
    return download(wheel, url, downloads, { ...http, onProgress });
  }
  const indexes = pip.indexes.length === 1 ? 'the package index has' : 'the package indexes have';
  throw new ProvisionError(`${indexes} no ${wheel.file}`, byHand);
}

async function fromFolders(
  { file, sha256 }: Wheel,
  folders: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    const candidate = path.join(folder, file);
    if (!existsSync(candidate)) continue;
    if ((await sha256Of(candidate)) === sha256) return candidate;
    throw new ProvisionError(`${candidate} is not the file that is known: its sha256 is another`);
  }
  return undefined;
}
