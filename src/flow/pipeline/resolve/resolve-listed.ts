import path from 'node:path';
import type { Input } from '../dag.ts';
import type { ReadDocument } from '../yaml/check-document.ts';
import { suggest } from '../nearest.ts';
import type { Scope } from './scope.ts';
import { locationOf, type InputSpec } from '../spec.ts';
import type { StageTable } from './stage-table.ts';
import { wholeName } from '../read/template.ts';
import { child, type Tree } from '../yaml/tree.ts';

type Listed = Extract<InputSpec, { kind: 'listed' }>;

interface Found {
  /** `files.train`, `files.train.0`: the input's name, then the keys and places below the fixed steps. */
  readonly name: string;
  readonly tree: Tree;
}

/**
 * The files that another file lists: one source each, whose path is relative to that file. None if the
 * param is null or the file has nothing at the place. Undefined after a diagnostic.
 */
export function resolveListed(
  name: string,
  spec: Listed,
  scope: Scope,
  table: StageTable,
): readonly Input[] | undefined {
  const { problems } = table;
  const parts = scope.parts(spec.in);
  const whole = parts && wholeName(parts);
  const param = whole === undefined ? undefined : table.spec.params.get(whole);
  if (param?.schema === undefined) {
    const known = [...table.spec.params.values()].filter(({ schema }) => schema !== undefined);
    const names = known.map((one) => `\${${one.name}}`);
    const message = `input '${name}' lists files of '${spec.in.value}', which is not a param with a schema`;
    problems.at(spec.in.place, 'not-a-document', message, suggest(spec.in.value, names, 'params'));
    return undefined;
  }
  const file = table.params.get(param.name);
  if (typeof file !== 'string') return [];
  const document = table.documents.get(file);
  if (document === undefined) return undefined; // Its mistakes are reported.
  let found: readonly Found[] = [{ name, tree: document.tree }];
  for (const step of spec.at) {
    const value = scope.value(step);
    if (value === undefined) return undefined;
    const all = Array.isArray(value);
    const keys = all ? value.map(String) : [String(value as string)];
    found = found.flatMap(({ name: before, tree }) =>
      keys.flatMap((key) => {
        const next = child(tree, key);
        return next === undefined ? [] : [{ name: all ? `${before}.${key}` : before, tree: next }];
      }),
    );
  }
  const inputs = found.flatMap((one) => sources(one, file, document, table));
  return inputs.includes(undefined) ? undefined : (inputs as readonly Input[]);
}

function sources(
  { name, tree }: Found,
  base: string,
  document: ReadDocument,
  table: StageTable,
): readonly (Input | undefined)[] {
  const below = (key: string | number, next: Tree) =>
    sources({ name: `${name}.${key}`, tree: next }, base, document, table);
  if (tree.kind === 'list') return tree.items.flatMap((item, i) => below(i, item));
  if (tree.kind === 'map') {
    const own = child(tree, 'path');
    return own === undefined
      ? [...tree.entries.values()].flatMap(({ key, value }) => below(key, value))
      : sources({ name, tree: own }, base, document, table);
  }
  const place = { file: document.file, span: tree.span };
  if (typeof tree.value !== 'string') {
    const message = `input '${name}' needs a path here, not ${String(tree.value)}`;
    table.problems.at(
      place,
      'wrong-type',
      message,
      'write the path of a file, relative to this file',
    );
    return [undefined];
  }
  const written = path.posix.normalize(path.posix.join(path.posix.dirname(base), tree.value));
  const source = path.posix.isAbsolute(tree.value) ? path.posix.normalize(tree.value) : written;
  return [{ kind: 'source', name, path: source, location: locationOf(place) }];
}
