import type { Json, JsonObject } from '../../core/json.ts';
import type { SourceFile } from '../source-file.ts';
import type { Placed } from '../spec.ts';
import { plain, type Entry, type MapTree, type Tree } from '../yaml/tree.ts';

// The values of a document that fits the schema, with their places.

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

export function scalar(
  tree: Tree | undefined,
  file: SourceFile,
): Placed<number | string> | undefined {
  if (tree?.kind !== 'scalar' || tree.value === null) return undefined;
  const value = typeof tree.value === 'number' ? tree.value : String(tree.value);
  return { value, place: { file, span: tree.span } };
}

export function rows(tree: Tree | undefined, file: SourceFile): readonly Placed<JsonObject>[] {
  if (tree?.kind !== 'list') return [];
  return tree.items.map((item) => ({
    value: plain(item) as JsonObject,
    place: { file, span: item.span },
  }));
}
