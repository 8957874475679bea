import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Failure } from '../../core/events.ts';
import { isInside } from '../../key/paths.ts';
import type { Command, Instance } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';

// What the last lines of a log say about the usual mistakes: a stage sees only declared files and variables.

export interface HintFacts {
  readonly ctx: Pick<EngineContext, 'root' | 'env' | 'store'>;
  readonly instance: Instance;
  /** The folder of the attempt, which still exists. */
  readonly scratch: string;
}

/** Adds what the user should write instead, if the end of the log tells. */
export function withLogHint(failure: Failure | undefined, facts: HintFacts): Failure | undefined {
  if (failure === undefined) return undefined;
  const hint = hintOf(failure, facts);
  return hint === undefined ? failure : { ...failure, hint };
}

function hintOf({ exitCode, tail = [] }: Failure, facts: HintFacts): string | undefined {
  if (exitCode === undefined) return undefined;
  return (
    missingRepository(tail) ??
    missingPackage(tail, facts) ??
    unsetVariable(tail, facts) ??
    undeclaredFile(tail, facts) ??
    closedPipe(exitCode)
  );
}

function missingRepository(lines: readonly string[]): string | undefined {
  if (!lines.some((line) => line.includes('fatal: not a git repository'))) return undefined;
  return 'a stage does not see the repository of the project. Read a probe: probes: { commit: { cmd: [git, rev-parse, HEAD], watch: [.git/HEAD, .git/logs/HEAD] } }';
}

const PACKAGE = String.raw`((?:@[\w.-]+/)?\w[\w.-]*)`;
const NO_PACKAGE = [
  new RegExp(`ENOENT.*'(?:[^']*/)?node_modules/${PACKAGE}`),
  new RegExp(`Cannot find (?:module|package) '${PACKAGE}`),
];

/** Node did not find it in the stage's node_modules. */
function missingPackage(lines: readonly string[], { instance }: HintFacts): string | undefined {
  if (instance.command.kind !== 'ts') return undefined;
  const found = lines.flatMap((line) => NO_PACKAGE.map((pattern) => pattern.exec(line)?.[1]));
  const name = found.find((each) => each !== undefined);
  return (
    name &&
    `import the package by its name, as in import '${name}': a stage sees only the packages that its code imports`
  );
}

function closedPipe(exitCode: number): string | undefined {
  if (exitCode !== 141) return undefined;
  return "a program wrote into a pipe whose reader had ended, as in 'seq 9 | head -1': let the reader read everything, or write (seq 9 || true) | head -1";
}

/** Messages of bash, of other shells, and of Python's os.environ. */
const UNSET = [
  /\b(\w+): unbound variable$/,
  /\b(\w+): parameter (?:null or )?not set/,
  /^KeyError: '(\w+)'$/,
];
const ENVIRON = /\bos\.environ|<frozen os>|\/os\.py"/;

function unsetVariable(lines: readonly string[], { ctx, instance }: HintFacts): string | undefined {
  for (const line of lines) {
    const name = UNSET.map((pattern) => pattern.exec(line)?.[1]).find(Boolean);
    if (name === undefined || ctx.env[name] === undefined) continue;
    if (line.startsWith('KeyError') && !lines.some((each) => ENVIRON.test(each))) continue;
    const declared = [...instance.env.map((one) => one.name), ...(instance.secrets ?? [])];
    if (declared.includes(name)) continue;
    return `${name} is set outside, but a stage gets only declared variables: add env: [${name}] to the stage, or secrets: [${name}] if it is secret`;
  }
  return undefined;
}

const ABSENT =
  /no such file|ENOENT|not found|can(?:not|'t) (?:open|find|access)|could not (?:open|find)|does not exist/i;
const CODE = /\.(?:py|sh|bash|zsh|[cm]?[jt]s|r|jl|pl|rb|lua)$/i;

function undeclaredFile(lines: readonly string[], facts: HintFacts): string | undefined {
  for (const line of lines.toReversed()) {
    const module = /\bNo module named '([\w.]+)'/.exec(line)?.[1];
    if (module !== undefined) {
      const found = modulePaths(module).flatMap((each) => projectFile(each, facts) ?? [])[0];
      if (found === undefined) continue;
      const py = facts.instance.command.kind === 'py';
      return `${declare(found)}${py ? '' : ', or write py: FILE, which finds the imports'}`;
    }
    if (!ABSENT.test(line)) continue;
    const found = pathsIn(line).flatMap((each) => projectFile(each, facts) ?? [])[0];
    if (found !== undefined) return declare(found);
  }
  return undefined;
}

function declare(file: string): string {
  const undeclared = `the stage does not declare '${file}' of the project`;
  return CODE.test(file)
    ? `${undeclared}: add code: [${file}] to the stage`
    : `${undeclared}: add it to the inputs, as NAME: ./${file}, and read \${inputs.NAME}`;
}

function modulePaths(module: string): readonly string[] {
  const file = module.replaceAll('.', '/');
  return [`${file}.py`, file];
}

/** Words in quotes, before a colon, or with a slash or a dot. */
function pathsIn(line: string): readonly string[] {
  const words = line.matchAll(/'([^']+)'|"([^"]+)"|([^\s'",;()]+)/g);
  return [...words].flatMap(([, single, double, bare = '']) => {
    const quoted = single ?? double;
    if (quoted !== undefined) return [quoted];
    return /[/.]|:$/.test(bare) ? [bare.replace(/:$/, '')] : [];
  });
}

/** The path from the root of an existing file or folder that the stage does not see. */
function projectFile(text: string, { ctx, instance, scratch }: HintFacts): string | undefined {
  const { root } = ctx;
  for (const candidate of candidates(text, instance.command, root, scratch)) {
    const file = path.normalize(candidate).replace(/\/$/, '');
    const whole = path.join(root, file);
    const isProjects =
      file !== '.' &&
      isInside(root, whole) &&
      !isInside(ctx.store.root, whole) &&
      existsSync(whole);
    if (isProjects && !existsSync(path.join(scratch, file))) return file;
  }
  return undefined;
}

function candidates(
  text: string,
  command: Command,
  root: string,
  scratch: string,
): readonly string[] {
  const written = text.replace(/^file:\/\//, '');
  if (path.isAbsolute(written)) {
    if (isInside(scratch, written)) return [withoutCode(path.relative(scratch, written))];
    return isInside(root, written) ? [path.relative(root, written)] : [];
  }
  const folders = new Set(wordsOf(command).map((word) => path.dirname(word)));
  const below = [...folders].filter((folder) => !path.isAbsolute(folder));
  const beside = below.map((folder) => path.join(folder, written));
  // A script that lies in a folder of the project often reads ../data/x.
  return [withoutCode(written), ...beside, written.replace(/^(?:\.\.\/)+/, '')];
}

/** In a scratch folder, files of the project are below `code/`. */
function withoutCode(file: string): string {
  return file.replace(/^code\//, '');
}

/** Words that can be the code of the command. */
function wordsOf(command: Command): readonly string[] {
  switch (command.kind) {
    case 'ts':
    case 'py':
      return [command.entry];
    case 'cmd':
      return command.argv.filter((word) => typeof word === 'string');
    case 'sh':
      return command.script.flatMap((part) => (typeof part === 'string' ? part.split(/\s+/) : []));
  }
}
