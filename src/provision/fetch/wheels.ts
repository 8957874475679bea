// Gets wheels: from folders that have them, else from the package indexes in pip's configuration.
// Only if a proxy is set, `pip download` gets them: it keeps nothing of an interrupted download, and the
// wheels for CUDA have up to 0.6 GB. Without pip, PIP_INDEX_URL is enough.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { download, sha256Of } from './download.ts';
import { ProvisionError } from '../failure.ts';
import { findWheel } from './index-page.ts';
import type { PipSettings } from './pip-settings.ts';
import type { Wheel } from '../pins.ts';
import type { Progress } from './progress.ts';
import { formatMegabytes } from '../disk.ts';

export interface WheelSources {
  /** Folders to look in first. */
  readonly folders: readonly string[];
  /** Used if the folders do not have the wheel. */
  readonly pip: () => Promise<PipSettings>;
  /** The folder that keeps downloads until they are unpacked. */
  readonly downloads: string;
  readonly progress: Progress;
  readonly env: NodeJS.ProcessEnv;
  /** Its number among several wheels, to print after its size. */
  readonly count: string;
}

/** @returns the file's path, its digest checked */
export async function bringWheel(wheel: Wheel, sources: WheelSources): Promise<string> {
  const { downloads } = sources;
  const given = await fromFolders(wheel, [...sources.folders, downloads]);
  if (given !== undefined) return given;
  const pip = await sources.pip();
  const local = await fromFolders(wheel, pip.folders);
  if (local !== undefined) return local;
  return pip.proxy === undefined ? fetch(wheel, pip, sources) : fetchByPip(wheel, pip, sources);
}

async function fetch(
  wheel: Wheel,
  { indexes, cert }: PipSettings,
  { progress, downloads, count }: WheelSources,
): Promise<string> {
  const http = { ca: cert === undefined ? undefined : readCertificates(cert) };
  const reasons: string[] = [];
  for (const index of indexes) {
    let url: URL | undefined;
    try {
      url = await findWheel(wheel, index, http);
    } catch (error) {
      if (!(error instanceof ProvisionError)) throw error;
      // Another index can have it.
      reasons.push(error.message);
      continue;
    }
    if (url === undefined) continue;
    progress.say(`fetching ${wheel.project} ${wheel.version} (${formatMegabytes(wheel.bytes)}${count})`); // prettier-ignore
    const onProgress = progress.of(wheel.project, wheel.bytes);
    return download(wheel, url, downloads, { ...http, onProgress });
  }
  const nowhere =
    indexes.length === 0
      ? `${wheel.file} is in none of the folders, and pip's configuration forbids indexes`
      : `no package index of pip's configuration has ${wheel.file}`;
  throw new ProvisionError([...reasons, nowhere].join('\n'), byHand(wheel));
}

/** pip knows how to get through a proxy. */
async function fetchByPip(
  wheel: Wheel,
  { python }: PipSettings,
  { progress, downloads, env, count }: WheelSources,
): Promise<string> {
  if (python === undefined) {
    throw new ProvisionError(
      `a proxy is set, so flow needs pip to download ${wheel.file}`,
      byHand(wheel),
    );
  }
  progress.say(`fetching ${wheel.project} ${wheel.version} (${formatMegabytes(wheel.bytes)}${count}) with pip, because a proxy is set`); // prettier-ignore
  const args = ['-m', 'pip', ...PIP_DOWNLOAD.split(' '), '--dest', downloads, `${wheel.project}==${wheel.version}`]; // prettier-ignore
  try {
    await promisify(execFile)(python, args, { env, maxBuffer: 1 << 26 });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    const said = stderr.trim().split('\n').at(-1) ?? message;
    throw new ProvisionError(`pip cannot fetch ${wheel.file}: ${said}`, byHand(wheel));
  }
  const found = await fromFolders(wheel, [downloads]);
  if (found !== undefined) return found;
  throw new ProvisionError(`pip downloaded another file than ${wheel.file}`, byHand(wheel));
}

/** The wheel for another Python than the one that pip runs on. */
const PIP_DOWNLOAD =
  'download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.11 ' +
  '--platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64';

function byHand({ project, version }: Wheel): string {
  return `download it yourself: pip ${PIP_DOWNLOAD} --dest DIR ${project}==${version}; then add --wheels DIR`;
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ProvisionError(`pip's 'cert' cannot be read: ${(error as Error).message}`);
  }
}

async function fromFolders(
  { file, sha256 }: Wheel,
  folders: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    const candidate = path.join(folder, file);
    if (!existsSync(candidate)) continue;
    if ((await sha256Of(candidate)) === sha256) return candidate;
    throw new ProvisionError(`${candidate} is not the expected file: its sha256 differs`);
  }
  return undefined;
}
