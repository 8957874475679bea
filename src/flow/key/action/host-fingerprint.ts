import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../core/ids.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { declaredEnv } from './build-manifest.ts';
import { canonicalJson } from '../canonical.ts';
import { digestBytes } from '../digest.ts';
import { describePlace } from './places.ts';
import { platform } from '../platform.ts';
import { programsOf } from '../code/programs.ts';

/**
 * Reads files of the machine; replaced in tests. A missing file is '', a missing folder is empty.
 */
export interface HostFiles {
  readonly text: (path: string) => Promise<string>;
  /** Sorted. */
  readonly names: (folder: string) => Promise<readonly string[]>;
}

/**
 * Everything that the answer of a probe can depend on: OS, CPU and its flags, Node, installed
 * packages, GPU devices and drivers, the declared environment, its programs, and its `watch:`. It
 * comes from files, so remembering a probe starts no process.
 */
export async function hostFingerprint(
  root: string,
  probe: Instance,
  env: NodeJS.ProcessEnv,
  files: HostFiles = { text: readText, names: readNames },
): Promise<Digest> {
  const [cpu, packages, gpu] = await Promise.all([
    readCpu(files),
    readPackages(root),
    readGpus(files),
  ]);
  const { os, arch, libc } = platform();
  const { watch = [] } = probe;
  const programs = programsOf(probe.command, env);
  const facts = {
    os,
    arch,
    libc: libc ?? null,
    node: process.versions.node,
    cpu,
    packages,
    gpu,
    env: declaredEnv(probe, env),
    ...(Object.keys(programs).length > 0 && { programs }),
    ...(watch.length > 0 && { watch: await describePlaces(root, watch, env) }),
  };
  return digestBytes(`flow.host.v1\n${canonicalJson(facts)}`);
}

async function describePlaces(
  root: string,
  watch: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const places = watch.map(async (text) => [text, await describePlace(text, root, env)] as const);
  return Object.fromEntries(await Promise.all(places));
}

/** Model and flags of the first CPU, without clock rates and temperatures, which change. */
async function readCpu(files: HostFiles): Promise<Readonly<Record<string, string>>> {
  const text = await files.text('/proc/cpuinfo');
  const facts: Record<string, string> = {};
  for (const line of (text.split('\n\n')[0] ?? '').split('\n')) {
    const field = /^(vendor_id|model name|flags|Features|CPU part)\s*:\s*(.*)$/.exec(line);
    if (field?.[1] !== undefined) facts[field[1]] = field[2] ?? '';
  }
  return facts;
}

async function readPackages(root: string): Promise<Digest> {
  return digestBytes(await readText(join(root, 'node_modules', '.package-lock.json')));
}

async function readGpus(
  files: HostFiles,
): Promise<Readonly<Record<string, string | readonly string[]>>> {
  const proc = '/proc/driver/nvidia';
  const [driver, ids, dev, dri] = await Promise.all([
    files.text(join(proc, 'version')),
    files.names(join(proc, 'gpus')),
    files.names('/dev'),
    files.names('/dev/dri'),
  ]);
  const cards = await Promise.all(
    ids.map((id) => files.text(join(proc, 'gpus', id, 'information'))),
  );
  return {
    driver,
    cards,
    devices: [
      ...dev.filter((name) => /^(nvidia\d+|nvidiactl|kfd|dxg)$/.test(name)),
      ...dri.filter((name) => name.startsWith('render')),
    ],
  };
}

/** Empty if it does not exist: that is also a fact. */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

async function readNames(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch {
    return [];
  }
}
