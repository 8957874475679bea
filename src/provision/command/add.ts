// Puts a backend's libraries into the user's cache folder: all of them, or none.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MANIFEST } from '../../ml/backend/installed.ts';
import type { Installed, InstalledName } from '../../ml/backend/installed.ts';
import {
  bytesOf,
  bytesToFetch,
  checkRoom,
  downloadsFolder,
  formatMegabytes,
  leftovers,
  removeAll,
  unpackedBytes,
  wheelsOf,
} from '../disk.ts';
import { compileAddon, compilerLacks } from '../machine/compile.ts';
import { machineLacks, whyNoCuda, whyNoGpu } from '../machine/lacks.ts';
import { ProvisionError } from '../failure.ts';
import type { Lack } from '../failure.ts';
import { withLock } from './lock.ts';
import { unpackNpmPackage } from '../fetch/npm-package.ts';
import { pipSettings } from '../fetch/pip-settings.ts';
import type { Pins, Wheel } from '../pins.ts';
import type { Progress } from '../fetch/progress.ts';
import { tryDawn, tryTensorFlow } from '../machine/trial.ts';
import { unzip } from '../archive/zip.ts';
import { bringWheel } from '../fetch/wheels.ts';

export interface AddOptions {
  /** `backendsFolder()`. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly pins: Pins;
  /** A folder with wheels that the user downloaded. */
  readonly wheels: string | undefined;
  /** An add-on that was built elsewhere. */
  readonly addon: string | undefined;
}

const ADDON = 'tfjs_binding.node';
/** Bytes that the build needs in addition to the downloads and the unpacked files. */
const BUILD = 50e6;

/** @returns what to tell the user */
export async function addBackend(name: InstalledName, options: AddOptions): Promise<string> {
  refuseIf(machineLacks(name));
  // Before flow downloads hundreds of megabytes.
  if (name !== 'webgpu' && options.addon === undefined) refuseIf(await compilerLacks(options.env));
  return withLock(path.join(options.folder, `${name}.lock`), async () => {
    removeAll(leftovers(name, options.folder));
    const staging = path.join(options.folder, `.${name}.${process.pid}`);
    mkdirSync(staging);
    try {
      const { about, text } = await fill(name, staging, options);
      writeFileSync(path.join(staging, MANIFEST), `${JSON.stringify(about, null, 2)}\n`);
      place(staging, path.join(options.folder, name));
      const size = formatMegabytes(bytesOf(path.join(options.folder, name)));
      return `${text}; ${size} in ${path.join(options.folder, name)}`;
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  });
}

function fill(
  name: InstalledName,
  staging: string,
  options: AddOptions,
): Promise<{ readonly about: Installed; readonly text: string }> {
  return name === 'webgpu'
    ? fillWebGpu(staging, options)
    : fillTensorFlow(name, wheelsOf(name, options.pins), staging, options);
}

/** The folders are those of Python's site-packages, where TensorFlow looks for CUDA's libraries. */
async function fillTensorFlow(
  name: 'tensorflow' | 'tensorflow-gpu',
  wheels: readonly Wheel[],
  staging: string,
  options: AddOptions,
) {
  const { folder, env, progress, addon, pins } = options;
  const build = path.join(staging, 'build');
  const downloads = downloadsFolder(folder);
  const given = options.wheels === undefined ? [] : [options.wheels];
  const [toFetch, unpacked] = [bytesToFetch(wheels, given, downloads), unpackedBytes(wheels)];
  checkRoom(folder, toFetch + unpacked + BUILD);
  if (wheels.length > 1) {
    progress.say(`${wheels.length} files, ${formatMegabytes(toFetch)} to download, ${formatMegabytes(unpacked)} unpacked`); // prettier-ignore
  }
  let settings: ReturnType<typeof pipSettings> | undefined;
  const sources = {
    folders: given,
    pip: () => (settings ??= pipSettings(env)),
    downloads,
    progress,
    env,
  };
  for (const [i, wheel] of wheels.entries()) {
    const count = wheels.length === 1 ? '' : `, ${i + 1} of ${wheels.length}`;
    const file = await bringWheel(wheel, { ...sources, count });
    progress.say(`unpacking ${wheel.project} ${wheel.version}`);
    const taken = await unzip(file, (entry) => placeOf(entry, staging, build));
    if (taken === 0) throw new ProvisionError(`${wheel.file} has none of the libraries`);
  }
  const to = path.join(staging, ADDON);
  if (addon === undefined) {
    progress.say('building the add-on');
    const part = (package_: string) => (entry: string) => path.join(build, package_, entry);
    await unpackNpmPackage(pins.tfjsNode, build, part('tfjs-node'), env);
    await unpackNpmPackage(pins.nodeApi, build, part('node-api'), env);
    await compileAddon(
      {
        sources: path.join(build, 'tfjs-node', 'binding'),
        includes: [path.join(build, 'node-api', 'include'), path.join(build, 'include')],
        libraries: path.join(staging, 'tensorflow'),
        fromAddon: 'tensorflow',
        addon: to,
      },
      env,
    );
  } else {
    copyFileSync(addon, to);
  }
  rmSync(build, { recursive: true, force: true });
  const { version, gpu, said } = await tryTensorFlow(to, env);
  for (const { file } of wheels) rmSync(path.join(downloads, file), { force: true });
  const versions = Object.fromEntries(wheels.map(({ project, version: of }) => [project, of]));
  const about: Installed = {
    format: 1,
    name,
    versions: {
      ...versions,
      [pins.tfjsNode.name]: addon === undefined ? pins.tfjsNode.version : 'prebuilt',
    },
    entry: ADDON,
  };
  const works = `TensorFlow ${version} works on Node ${process.versions.node}`;
  if (name === 'tensorflow') return { about, text: works };
  const { found, hint } = whyNoCuda(said);
  const device = gpu ? ', with a GPU' : ` on the CPU, because it ${found} (${hint})`;
  return { about, text: `${works}${device}` };
}

/** From TensorFlow's wheel two libraries and the headers of its C interface; all of CUDA's libraries. */
export function placeOf(entry: string, staging: string, build: string): string | undefined {
  if (/^tensorflow\/libtensorflow_(cc|framework)\.so\.2$/.test(entry))
    return path.join(staging, entry);
  const header =
    /^tensorflow\/(include\/(?:tensorflow\/c\/|(?:(?:tensorflow|xla)\/)?tsl\/c\/|.*\/platform\/ctstring).*\.h)$/.exec(
      entry,
    );
  if (header?.[1] !== undefined) return path.join(build, header[1]);
  const ofCuda = /^nvidia\/[\w-]+\/(lib|bin|nvvm)\//.test(entry) && !/\.(a|py)$/.test(entry);
  return ofCuda ? path.join(staging, entry) : undefined;
}

async function fillWebGpu(staging: string, { progress, pins, env }: AddOptions) {
  const { name: library, version } = pins.webgpu;
  progress.say(`fetching ${library} ${version} (51 MB)`);
  const entry = 'dawn.node';
  const wanted = `dist/linux-x64/${entry}`;
  const to = path.join(staging, entry);
  const build = path.join(staging, 'build');
  const place = (file: string) => (file === wanted ? to : undefined);
  await unpackNpmPackage(pins.webgpu, build, place, env);
  rmSync(build, { recursive: true, force: true });
  const { gpu, said } = await tryDawn(to, env);
  const about: Installed = { format: 1, name: 'webgpu', versions: { [library]: version }, entry };
  const { found, hint } = whyNoGpu(said);
  const where = gpu === null ? `, but ${found}: ${hint}` : ` and finds ${gpu}`;
  return { about, text: `${library} ${version} works on Node ${process.versions.node}${where}` };
}

/** Replaces the old folder by rename, so a process that has its files open can continue to use them. */
function place(staging: string, to: string): void {
  const old = `${staging}.old`;
  if (existsSync(to)) renameSync(to, old);
  renameSync(staging, to);
  rmSync(old, { recursive: true, force: true });
}

function refuseIf(lack: Lack | undefined): void {
  if (lack !== undefined) throw new ProvisionError(lack.found, lack.hint);
}
