import { nearest } from '../nearest.ts';
import type { Problems } from './problems.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { EnvVar } from '../dag.ts';
import type { SourceFile } from '../source-file.ts';
import {
  locationOf,
  type CommandSpec,
  type OutputSpec,
  type Place,
  type Placed,
  type StageSpec,
} from '../spec.ts';
import { child, plain, type Entry, type Tree } from '../yaml/tree.ts';
import { readEnv, readSecrets, withShared } from './read-env.ts';
import { excludeOf, readInput } from './read-input.ts';
import { entriesOf, placedJson, rows, scalar, text, texts } from './read-values.ts';

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
