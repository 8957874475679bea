import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { ok, type Result } from '../../core/result.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { isInside } from '../../key/paths.ts';
import type {
  CacheSetting,
  ProjectSettings,
  SandboxSettings,
} from '../../pipeline/read/project-file.ts';
import type { StoreOpenError } from '../../store/open-store.ts';
import { type Args, type Io, refuse, type Refusal, usage } from '../args/command.ts';
import { commandText } from '../args/command-again.ts';
import { readText } from './read-text.ts';
import { isTrusted, recordTrust } from './trust.ts';

/** The folders of a command. Absolute paths. */
export interface Project {
  readonly root: string;
  readonly cache: string;
  /** Whether flow may start its programs, and use a cache that its flow.yaml puts elsewhere. */
  readonly trusted: boolean;
  /** Sizes of pools from flow.yaml. */
  readonly pools: Readonly<Record<string, number>>;
  /** From flow.yaml; the paths are absolute. */
  readonly sandbox: SandboxSettings;
}

const MARKERS = ['flow.yaml', 'package.json', '.git'];

/**
 * The root is --root, or the nearest folder above the pipeline file (without one: the working
 * directory) that holds a marker. The cache is --cache, FLOW_CACHE, flow.yaml's, or <root>/cache. A cache of
 * flow.yaml that is outside the project counts only if the project is trusted.
 */
export async function openProject(
  args: Args,
  io: Io,
  pipelineFile?: string,
  /** The user asks for a program of the project, so for this command it is trusted. */
  starts = false,
): Promise<Result<Project, Refusal>> {
  const start =
    pipelineFile === undefined ? io.cwd : path.dirname(path.resolve(io.cwd, pipelineFile));
  const given = args.value('root');
  const root = given === undefined ? nearestRoot(start) : path.resolve(io.cwd, given);
  if (root === undefined) {
    const message = `there is no project at ${start} or above it: found no ${MARKERS.join(', ')}`;
    return usage('no-project', message, 'use --root DIR, or put a flow.yaml into the project');
  }
  if (!isFolder(root)) return usage('no-project', `--root: there is no folder ${root}`);
  const settings = await readSettings(root, io);
  if (!settings.ok) return settings;
  const chosen = args.value('cache') ?? nonEmpty(io.env['FLOW_CACHE']);
  const setting = settings.value.cache;
  const cache =
    chosen === undefined
      ? path.resolve(root, setting?.path ?? 'cache')
      : path.resolve(io.cwd, chosen);
  const trusted = starts || args.has('trust') || isTrusted(root, io.env);
  if (!trusted && chosen === undefined && setting !== undefined && isOutside(root, cache)) {
    return refuse(2, outsideCache(setting, cache, commandText(io.env, [...io.argv, '--trust'])));
  }
  if (args.has('trust')) recordTrust(root, io.env);
  const { pools, sandbox } = settings.value;
  const read = (sandbox?.read ?? []).map((file) =>
    path.resolve(root, file.replace(/^~(?=\/|$)/, io.env['HOME'] ?? '~')),
  );
  return ok({ root, cache, trusted, pools, sandbox: { network: sandbox?.network ?? false, read } });
}

function outsideCache({ location }: CacheSetting, cache: string, again: string): Diagnostic {
  return {
    code: 'outside-cache',
    message: `this cache is outside the project, which you have not run: ${cache}`,
    hint: `if you trust the project: ${again}; otherwise choose a cache with --cache`,
    location,
  };
}

/** By where it leads: a repository can contain links. */
function isOutside(root: string, folder: string): boolean {
  let there = folder;
  while (!existsSync(there)) there = path.dirname(there);
  return !isInside(realpathSync(root), realpathSync(there));
}

/** A folder that is no cache is a mistake of who named it; all else is the machine's. */
export function refuseCache(error: StoreOpenError): Result<never, Refusal> {
  return refuse(error.code === 'not-a-cache' ? 2 : 3, error);
}

/** The path of a project file as a user in the working directory writes it. */
export function shownPath(io: Io, root: string, rootRelative: string): string {
  const relative = path.relative(io.cwd, path.resolve(root, rootRelative));
  return relative === '' ? '.' : relative;
}

export function nearestRoot(start: string): string | undefined {
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (MARKERS.some((marker) => existsSync(path.join(folder, marker)))) return folder;
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** A link to a folder counts as a folder. */
export function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch {
    return false;
  }
}

type RunSettings = Pick<ProjectSettings, 'cache' | 'pools' | 'sandbox'>;

async function readSettings(root: string, io: Io): Promise<Result<RunSettings, Refusal>> {
  const found = settingsText(root);
  if (!found.ok) return found;
  const text = found.value;
  if (text === undefined) return ok({ pools: {} });
  // Nothing that a run needs, so do not load a YAML parser.
  const keys = [...text.matchAll(/^[^\s#].*$/gm)].map(([line]) => line.split(':')[0]);
  if (keys.every((key) => key === 'commands' || key === 'doctor')) return ok({ pools: {} });
  return parse(text, root, io);
}

/** All of flow.yaml, including the project's own programs. */
export async function projectSettings(
  root: string,
  io: Io,
): Promise<Result<Pick<ProjectSettings, 'commands' | 'doctor'>, Refusal>> {
  const text = settingsText(root);
  if (!text.ok) return text;
  return text.value === undefined ? ok({ commands: [], doctor: [] }) : parse(text.value, root, io);
}

/** The text of flow.yaml; undefined if it does not exist. */
function settingsText(root: string): Result<string | undefined, Refusal> {
  const text = readText(path.join(root, 'flow.yaml'));
  return text === undefined || typeof text === 'string'
    ? ok(text)
    : usage(
        'no-file',
        `flow.yaml ${text.why}`,
        "replace it by a text file with the project's settings",
      );
}

async function parse(
  text: string,
  root: string,
  io: Io,
): Promise<Result<ProjectSettings, Refusal>> {
  const { readProjectSettings } = await import('../../pipeline/read/project-file.ts');
  const read = readProjectSettings(shownPath(io, root, 'flow.yaml'), text);
  return read.ok ? ok(read.value) : refuse(2, ...read.error);
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
