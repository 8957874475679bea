import { nearest } from '../nearest.ts';
import type { Problems } from './problems.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { EnvVar } from '../dag.ts';
import type { SourceFile } from '../source-file.ts';
import {
  locationOf,
  type CommandSpec,
  type ExcludeSpec,
  type InputSpec,
  type OutputSpec,
  type Place,
  type Placed,
  type StageSpec,
} from '../spec.ts';
import { child, plain, type Entry, type MapTree, type Tree } from '../yaml/tree.ts';

/** What a file declares for all its stages and probes. */
export interface Shared {
  readonly env: readonly EnvVar[];
  readonly secrets: readonly Placed<string>[];
}

/** Reads one stage or probe of a document that fits the schema. */
export function readStage(
  entry: Entry,
  file: SourceFile,
  probe: boolean,
  shared: Shared,
  problems: Problems,
): StageSpec | undefined {
  const tree = entry.value;
  const place = { file, span: entry.keySpan };
  const name = probe ? `probe.${entry.key}` : entry.key;
  const what = `${probe ? 'probe' : 'stage'} '${entry.key}'`;
  if (name === 'probe') {
    const hint = 'choose another name: probe.NAME means a probe';
    problems.at(place, 'bad-name', "'probe' cannot be a stage's name", hint);
    return undefined;
  }
  const command = readCommand(tree, file);
  if (command === undefined) {
    const given = ['ts', 'py', 'cmd', 'sh'].filter((key) => child(tree, key) !== undefined);
    problems.add({
      code: 'one-command',
      message:
        given.length === 0
          ? `${what} has no command`
          : `${what} has ${given.join(' and ')}; only one is allowed`,
      hint: "write one of 'ts: FILE', 'py: FILE', 'cmd: [PROGRAM, ARGUMENT]' or 'sh: SCRIPT'",
      location: locationOf(place),
    });
    return undefined;
  }
  const outputs = probe ? probeOutput(entry, file) : readOutputs(tree, file, problems);
  const description = text(child(tree, 'description'), file)?.value;
  const env = withShared(readEnv(child(tree, 'env'), file, problems), shared.env);
  const include = rows(child(tree, 'include'), file);
  const retries = readRetries(child(tree, 'retries'), file);
  const timeout = scalar(child(tree, 'timeout'), file);
  const salt = text(child(tree, 'salt'), file);
  return {
    name,
    probe,
    place,
    ...(description === undefined ? {} : { description }),
    ...readMatrix(child(tree, 'matrix'), include, file, problems),
    exclude: rows(child(tree, 'exclude'), file),
    include,
    command,
    params: texts(child(tree, 'params'), file),
    inputs: new Map(entriesOf(child(tree, 'inputs')).map((e) => [e.key, readInput(e.value, file)])),
    outputs,
    code: texts(child(tree, 'code', 'files') ?? child(tree, 'code'), file),
    ...excludeOf(child(tree, 'code'), file, 'codeExclude'),
    watch: texts(child(tree, 'watch'), file).map(({ value }) => value),
    env,
    secrets: readSecrets(
      [...shared.secrets, ...texts(child(tree, 'secrets'), file)],
      env,
      problems,
    ),
    pool: new Map(
      entriesOf(child(tree, 'pool')).map((e) => [
        e.key,
        scalar(e.value, file) as Placed<number | string>,
      ]),
    ),
    ...(retries === undefined ? {} : { retries }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(salt === undefined ? {} : { salt }),
    ...readStanding(tree, place, what, problems),
  };
}

/** Whether it runs in each run, or never if it has a result. */
function readStanding(
  tree: Tree,
  place: Place,
  what: string,
  problems: Problems,
): Pick<StageSpec, 'always' | 'freeze'> {
  const [always, freeze] = [isOn(child(tree, 'always')), isOn(child(tree, 'freeze'))];
  if (always && freeze) {
    const message = `${what} has both always: true and freeze: true`;
    problems.at(place, 'always-and-freeze', message, 'keep one of them');
  }
  return { ...(always && { always }), ...(freeze && { freeze }) };
}

const isOn = (tree: Tree | undefined): boolean => tree?.kind === 'scalar' && tree.value === true;

function readCommand(tree: Tree, file: SourceFile): CommandSpec | undefined {
  const found: CommandSpec[] = [];
  const ts = text(child(tree, 'ts'), file);
  if (ts !== undefined) found.push({ kind: 'ts', entry: ts });
  const py = text(child(tree, 'py'), file);
  if (py !== undefined) found.push({ kind: 'py', entry: py });
  const cmd = child(tree, 'cmd');
  if (cmd !== undefined) found.push({ kind: 'cmd', argv: texts(cmd, file) });
  const sh = text(child(tree, 'sh'), file);
  if (sh !== undefined) found.push({ kind: 'sh', script: sh });
  return found.length === 1 ? found[0] : undefined;
}

/**
 * The only artifact of a probe is its standard output. A reader sees it as a file with the name of
 * the probe.
 */
function probeOutput(entry: Entry, file: SourceFile): OutputSpec[] {
  return [{ name: 'stdout', path: { value: entry.key, place: { file, span: entry.keySpan } } }];
}

/** Kinds that reports and tables show. A stage can use any other word. */
const KINDS = ['metrics', 'figure', 'table'];

function readOutputs(tree: Tree, file: SourceFile, problems: Problems): OutputSpec[] {
  return entriesOf(child(tree, 'outputs')).map((entry) => {
    const path = text(child(entry.value, 'path') ?? entry.value, file) as Placed<string>;
    const written = text(child(entry.value, 'kind'), file);
    const kind = written?.value;
    const meant = kind === undefined || KINDS.includes(kind) ? undefined : nearest(kind, KINDS);
    if (written !== undefined && meant !== undefined) {
      const message = `'${kind}' is not a kind that flow shows in a special way`;
      problems.note(written.place, 'odd-kind', message, `did you mean '${meant}'?`);
    }
    return { name: entry.key, path, ...(kind === undefined ? {} : { kind }) };
  });
}

function readInput(tree: Tree, file: SourceFile): InputSpec {
  const by = text(child(tree, 'by'), file);
  if (by !== undefined) {
    const cases = entriesOf(child(tree, 'cases'));
    return {
      kind: 'choice',
      by,
      cases: new Map(cases.map((e) => [e.key, readInput(e.value, file)])),
    };
  }
  const listed = text(child(tree, 'listed'), file);
  if (listed !== undefined) {
    return { kind: 'listed', in: listed, at: texts(child(tree, 'at'), file) };
  }
  const from = text(child(tree, 'from'), file);
  if (from !== undefined) {
    const collect = child(tree, 'collect');
    return collect === undefined
      ? {
          kind: 'reference',
          text: from,
          ...inPlaceOf(tree, file),
          ...excludeOf(tree, file, 'exclude'),
        }
      : { kind: 'collect', from, axes: texts(collect, file) };
  }
  return { kind: 'reference', text: text(tree, file) as Placed<string> };
}

function excludeOf<K extends string>(
  tree: Tree | undefined,
  file: SourceFile,
  as: K,
): { readonly [_ in K]?: ExcludeSpec } {
  const given = child(tree, 'exclude');
  if (given === undefined) return {};
  const exclude = { patterns: texts(given, file), place: { file, span: given.span } };
  return { [as]: exclude } as { readonly [_ in K]: ExcludeSpec };
}

function inPlaceOf(tree: Tree, file: SourceFile): { inPlace?: Placed<boolean> } {
  const given = child(tree, 'in_place');
  if (given === undefined) return {};
  return { inPlace: { value: plain(given) === true, place: { file, span: given.span } } };
}

/**
 * flow sets these paths for each attempt. With other values it would not find the stage's events
 * and leftover processes.
 */
const own: ReadonlySet<string> = new Set(['FLOW_STAGE', 'FLOW_EVENTS', 'TMPDIR']);

const ENV_NAME = /^[A-Za-z_]\w*$/;

export function readEnv(tree: Tree | undefined, file: SourceFile, problems: Problems): EnvVar[] {
  if (tree?.kind === 'list') {
    return texts(tree, file).map(({ value: name, place }) => {
      checkEnvName(name, place, problems);
      return { name, key: true };
    });
  }
  return entriesOf(tree).map((entry) => {
    checkEnvName(entry.key, { file, span: entry.keySpan }, problems);
    const key = child(entry.value, 'key');
    return { name: entry.key, key: key?.kind === 'scalar' ? key.value !== false : true };
  });
}

/** The stage's own declaration of a variable counts. */
function withShared(own: readonly EnvVar[], shared: readonly EnvVar[]): readonly EnvVar[] {
  const names = new Set(own.map(({ name }) => name));
  return [...shared.filter(({ name }) => !names.has(name)), ...own];
}

/** `NAME=value` would pass no variable, without any message. */
function checkEnvName(name: string, place: Place, problems: Problems): void {
  if (!ENV_NAME.test(name)) {
    const message = `'${name}' is not a valid name of an environment variable`;
    const [, only, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(name) ?? [];
    const hint =
      only === undefined
        ? 'write env: [NAME] to pass a variable of flow’s own environment'
        : `write env: [${only}] to pass the variable of flow’s own environment; to set a value here, put it into the command: env ${only}=${value}`;
    problems.at(place, 'bad-env', message, hint);
  }
  refuseOwn(name, place, 'bad-env', problems);
}

function refuseOwn(name: string, place: Place, code: string, problems: Problems): void {
  if (!own.has(name)) return;
  const message = `'${name}' is reserved: flow sets it for every attempt`;
  problems.at(place, code, message, 'remove it, or pass its value under another name');
}

/** Each secret once: a stage can list one that its file also lists. */
function readSecrets(
  declared: readonly Placed<string>[],
  env: readonly EnvVar[],
  problems: Problems,
): string[] {
  for (const { value, place } of declared) {
    if (!ENV_NAME.test(value)) {
      const message = `'${value}' is not a valid name of an environment variable`;
      problems.at(
        place,
        'bad-secret',
        message,
        'write only the names of variables under secrets:, not their values',
      );
    } else if (env.some(({ name }) => name === value)) {
      const message = `'${value}' is declared both as a secret and under env:, which puts it into the key`;
      problems.at(place, 'bad-secret', message, 'keep one of them');
    }
    refuseOwn(value, place, 'bad-secret', problems);
  }
  return [...new Set(declared.map(({ value }) => value))];
}

function readRetries(tree: Tree | undefined, file: SourceFile): StageSpec['retries'] {
  if (tree === undefined) return undefined;
  if (tree.kind === 'scalar') return { times: Number(tree.value) };
  const on = child(tree, 'on');
  const backoff = scalar(child(tree, 'backoff'), file);
  return {
    times: Number(plain(child(tree, 'times') ?? { kind: 'scalar', value: 1, span: tree.span })),
    ...(on === undefined ? {} : { on: plain(on) as readonly number[] }),
    ...(backoff === undefined ? {} : { backoff }),
  };
}

export function entriesOf(tree: Tree | undefined): readonly Entry[] {
  return tree?.kind === 'map' ? [...(tree as MapTree).entries.values()] : [];
}

export function text(tree: Tree | undefined, file: SourceFile): Placed<string> | undefined {
  if (tree?.kind !== 'scalar' || tree.value === null) return undefined;
  return { value: String(tree.value), place: { file, span: tree.span } };
}

export function texts(tree: Tree | undefined, file: SourceFile): readonly Placed<string>[] {
  if (tree?.kind !== 'list') return [];
  return tree.items.map((item) => text(item, file)).filter((item) => item !== undefined);
}

export function placedJson(entry: Entry, file: SourceFile): Placed<Json> {
  return { value: plain(entry.value), place: { file, span: entry.value.span } };
}

/** Without a matrix, the rows of `include` name the axes. */
function readMatrix(
  tree: Tree | undefined,
  include: readonly Placed<JsonObject>[],
  file: SourceFile,
  problems: Problems,
): Pick<StageSpec, 'matrix' | 'rowsOnly'> {
  const [first] = include;
  if (tree !== undefined || first === undefined) {
    return { matrix: new Map(entriesOf(tree).map((e) => [e.key, axisOf(e, file, problems)])) };
  }
  const axes = Object.keys(first.value).map((axis) => [axis, { ...first, value: [] }] as const);
  return { matrix: new Map(axes), rowsOnly: true };
}

function axisOf(entry: Entry, file: SourceFile, problems: Problems): Placed<Json> {
  const { key, value } = entry;
  problems.numbers.learn(key, value, file);
  const param = value.kind === 'scalar' && /^\$\{([\w.-]+)\}$/.exec(String(value.value))?.[1];
  if (param) problems.numbers.derive(key, param);
  return placedJson(entry, file);
}

function scalar(tree: Tree | undefined, file: SourceFile): Placed<number | string> | undefined {
  if (tree?.kind !== 'scalar' || tree.value === null) return undefined;
  const value = typeof tree.value === 'number' ? tree.value : String(tree.value);
  return { value, place: { file, span: tree.span } };
}

function rows(tree: Tree | undefined, file: SourceFile): readonly Placed<JsonObject>[] {
  if (tree?.kind !== 'list') return [];
  return tree.items.map((item) => ({
    value: plain(item) as JsonObject,
    place: { file, span: item.span },
  }));
}
