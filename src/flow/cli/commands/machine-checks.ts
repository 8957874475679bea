import { execFile } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { errorCode, messageOf } from '../../core/system-error.ts';
import { platform } from '../../key/platform.ts';
import { findPython } from '../../key/python/python-interpreter.ts';
import { formatBytes } from '../../report/format.ts';
import { fileSystemFeatures } from '../../store/disk/file-system.ts';

/** `problem`: something does not work. `note`: something works partly or slowly. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'note' | 'problem';
  readonly found: string;
  readonly hint?: string;
}

const MIN_NODE = [20, 19] as const;
/** Below this free space, the disk is soon full. */
const FEW_BYTES = 2 * 2 ** 30;

/** The checks of everything that flow itself needs or can use. */
export async function machineChecks(
  { root, cache }: { readonly root: string; readonly cache: string },
  env: NodeJS.ProcessEnv,
): Promise<readonly Check[]> {
  const python = { ...PYTHON, argv: [findPython(root, env) ?? 'python3', '--version'] as const };
  const [bash, ...others] = PROGRAMS;
  const programs = await Promise.all([bash, python, ...others].map(checkProgram));
  return [
    checkNode(),
    checkMachine(),
    ...checkFileSystem(cache),
    await checkBundler(),
    ...programs,
  ];
}

function checkNode(): Check {
  const version = process.versions.node;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const old = major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1]);
  return old
    ? {
        name: 'node',
        state: 'problem',
        found: version,
        hint: `install Node ${MIN_NODE.join('.')} or newer`,
      }
    : { name: 'node', state: 'ok', found: version };
}

function checkMachine(): Check {
  const { os, arch, libc } = platform();
  const cores = `${availableParallelism()} cores${cpus()[0] ? ` (${cpus()[0]?.model.trim()})` : ''}`;
  const parts = [`${os} ${release()} ${arch}`, libc, cores, `${formatBytes(totalmem())} memory`];
  return { name: 'machine', state: 'ok', found: parts.filter((part) => part).join(', ') };
}

function checkFileSystem(cache: string): readonly Check[] {
  const { unwritable, reflink, hardLink, freeBytes } = fileSystemFeatures(cache);
  if (unwritable !== undefined) {
    const hint = 'choose another folder with --cache or FLOW_CACHE';
    return [{ name: 'cache', state: 'problem', found: `${cache}: ${unwritable}`, hint }];
  }
  const disk: Check = {
    name: 'disk',
    state: freeBytes < FEW_BYTES ? 'note' : 'ok',
    found: `${formatBytes(freeBytes)} free for ${cache}`,
  };
  const found = `reflinks: ${reflink ? 'yes' : 'no'}, hard links: ${hardLink ? 'yes' : 'no'}`;
  const name = 'file system';
  if (reflink || hardLink) return [disk, { name, state: 'ok', found }];
  const hint =
    'move the cache to ext4, XFS or Btrfs: here flow must copy the inputs of every stage';
  return [disk, { name, state: 'note', found, hint }];
}

async function checkBundler(): Promise<Check> {
  const name = 'esbuild';
  try {
    const { esbuildBundler } = await import('../../key/code/esbuild-bundler.ts');
    return { name, state: 'ok', found: esbuildBundler.version };
  } catch (error) {
    const [found = ''] = messageOf(error).split('\n');
    return { name, state: 'problem', found, hint: 'run npm ci' };
  }
}

interface Tool {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** What does not work without it. */
  readonly without: string;
}

/** The Python for `py:` stages: of the project's environment, or the first on PATH. */
const PYTHON = { name: 'python', without: 'py: stages need it' };

const PROGRAMS: readonly [Tool, ...Tool[]] = [
  { name: 'bash', argv: ['bash', '--version'], without: 'sh: stages need it' },
  {
    name: 'git',
    argv: ['git', '--version'],
    without: 'the record of a run does not name the commit of the project',
  },
  { name: 'strace', argv: ['strace', '--version'], without: 'flow audit cannot use it' },
  { name: 'bwrap', argv: ['bwrap', '--version'], without: 'flow run --sandbox cannot work' },
];

async function checkProgram({ name, argv: [file, ...args], without }: Tool): Promise<Check> {
  try {
    const { stdout } = await promisify(execFile)(file, args, { timeout: 10_000 });
    const version = stdout.split('\n')[0]?.trim() ?? '';
    return { name, state: 'ok', found: file.includes('/') ? `${version}, ${file}` : version };
  } catch (error) {
    const found = errorCode(error) === 'ENOENT' ? `no ${file} in PATH` : `${file} does not work`;
    return { name, state: 'note', found, hint: without };
  }
}
