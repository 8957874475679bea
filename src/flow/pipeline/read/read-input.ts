import type { SourceFile } from '../source-file.ts';
import type { ExcludeSpec, InputSpec, Placed } from '../spec.ts';
import { child, plain, type Tree } from '../yaml/tree.ts';
import { entriesOf, text, texts } from './read-values.ts';

export function readInput(tree: Tree, file: SourceFile): InputSpec {
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

export function excludeOf<K extends string>(
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
