import type { Json } from '../../core/json.ts';
import type { Problems } from './problems.ts';
import { readParam, type ParamDeclaration } from './read-param.ts';
import { readEnv } from './read-env.ts';
import { readStage } from './read-stage.ts';
import { entriesOf, placedJson, text, texts } from './read-values.ts';
import { checkSchema } from '../yaml/schema.ts';
import type { SourceFile } from '../source-file.ts';
import type { Place, Placed, StageSpec } from '../spec.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { child, type Entry, type Tree } from '../yaml/tree.ts';

/** One file of the right form, without its includes. */
export interface PipelineDoc {
  readonly file: SourceFile;
  readonly name?: string;
  readonly description?: string;
  readonly include: readonly Placed<string>[];
  readonly params: ReadonlyMap<string, ParamDeclaration>;
  readonly profiles: ReadonlyMap<string, ReadonlyMap<string, Placed<Json>>>;
  readonly stages: readonly StageSpec[];
  readonly exports: readonly { readonly path: Placed<string>; readonly from: Placed<string> }[];
  readonly targets?: readonly Placed<string>[];
}

/** Undefined if the form of the file is wrong; `problems` then has the reasons. */
export function readDocument(file: SourceFile, problems: Problems): PipelineDoc | undefined {
  const { tree, diagnostics } = parseYaml(file);
  for (const diagnostic of diagnostics) problems.add(diagnostic);
  if (tree === undefined) return undefined;
  if (tree.kind !== 'map') {
    problems.at(
      { file, span: { start: 0, end: 1 } },
      'wrong-type',
      'a pipeline must be a mapping',
      "begin the file with 'version: 1'",
    );
    return undefined;
  }
  const violations = checkSchema(tree, file);
  for (const diagnostic of violations) problems.add(diagnostic);
  return violations.length > 0 ? undefined : build(tree, file, problems);
}

/** A value that a profile or a params file gives to a param. */
export function settingOf(entry: Entry, file: SourceFile, problems: Problems): Placed<Json> {
  problems.numbers.learn(entry.key, entry.value, file);
  return placedJson(entry, file);
}

function build(tree: Tree, file: SourceFile, problems: Problems): PipelineDoc {
  const name = text(child(tree, 'name'), file)?.value;
  const description = text(child(tree, 'description'), file)?.value;
  const targets = child(tree, 'targets');
  const shared = {
    env: readEnv(child(tree, 'env'), file, problems),
    secrets: texts(child(tree, 'secrets'), file),
  };
  const stages: StageSpec[] = [];
  for (const [section, probe] of [
    ['probes', true],
    ['stages', false],
  ] as const) {
    for (const entry of entriesOf(child(tree, section))) {
      const stage = readStage(entry, file, probe, shared, problems);
      if (stage !== undefined) stages.push(stage);
    }
  }
  const params = new Map<string, ParamDeclaration>();
  for (const entry of entriesOf(child(tree, 'params'))) {
    const param = readParam(entry, file, problems);
    if (param !== undefined) params.set(entry.key, param);
  }
  return {
    file,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    include: texts(child(tree, 'include'), file),
    params,
    profiles: new Map(
      entriesOf(child(tree, 'profiles')).map((profile) => [
        profile.key,
        new Map(entriesOf(profile.value).map((e) => [e.key, settingOf(e, file, problems)])),
      ]),
    ),
    stages,
    exports: entriesOf(child(tree, 'exports')).map((e) => ({
      path: { value: e.key, place: { file, span: e.keySpan } satisfies Place },
      from: text(e.value, file) as Placed<string>,
    })),
    ...(targets === undefined ? {} : { targets: texts(targets, file) }),
  };
}
