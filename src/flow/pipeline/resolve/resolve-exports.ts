import type { ArtifactRef } from '../dag.ts';
import { parseReference } from '../instance-id.ts';
import type { Problems } from '../read/problems.ts';
import { pathBelow, unfitName } from '../project-path.ts';
import { Scope } from './scope.ts';
import { locationOf, type ExportSpec, type Place } from '../spec.ts';
import type { Cell, StageTable } from './stage-table.ts';

export interface ExportCell {
  readonly path: string;
  readonly from: ArtifactRef;
  readonly cell: Cell;
  readonly place: Place;
  /** The exports of the file that the user named. */
  readonly own: boolean;
}

/** All exports of all instances. Their paths differ and are in the project. */
export function resolveExports(table: StageTable): readonly ExportCell[] {
  const found = table.spec.exports.flatMap((spec) => resolveExport(spec, table));
  const byPath = new Map<string, ExportCell>();
  /** One of the exports in a folder. */
  const inFolder = new Map<string, ExportCell>();
  for (const one of found) {
    const folders = foldersOf(one.path);
    const above = folders.find((folder) => byPath.has(folder));
    const rival = byPath.get(above ?? one.path) ?? inFolder.get(one.path);
    if (rival !== undefined) {
      reportClash(one, rival, table.problems);
      continue;
    }
    byPath.set(one.path, one);
    for (const folder of folders) inFolder.set(folder, one);
  }
  return found;
}

/** `a/b/c` -> `a`, `a/b`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

function resolveExport(spec: ExportSpec, table: StageTable): readonly ExportCell[] {
  const { problems } = table;
  const scope = new Scope({}, table.params, problems);
  const from = scope.string(spec.from);
  if (from !== undefined && !parseReference(from) && parseReference(spec.path.value)) {
    const message = `'${from}' is not a reference`;
    const hint = `write the path first: ${from}: ${spec.path.value}`;
    problems.at(spec.from.place, 'bad-reference', message, hint);
    return [];
  }
  const referred =
    from === undefined ? undefined : table.refer({ value: from, place: spec.from.place });
  if (referred === undefined) return [];
  const cells = table.matching(referred.stage, referred.fixed, referred.text, referred.place);
  if (cells === undefined) return [];
  const parts = scope.parts(spec.path) ?? [];
  const named = new Set(parts.map((part) => (typeof part === 'object' ? part.name : '')));
  const varying = [...referred.stage.matrix.keys()].filter(
    (axis) => new Set(cells.map(({ axes }) => axes[axis])).size > 1 && !named.has(axis),
  );
  // Rows of an include can be told apart by one of their axes.
  const told = new Set(
    cells.map(({ axes }) => JSON.stringify([...named].map((name) => axes[name]))),
  );
  if (varying.length > 0 && told.size < cells.length) {
    const names = varying.map((axis) => `\${${axis}}`).join(' and ');
    problems.at(
      spec.path.place,
      'export-axes',
      `${cells.length} instances of stage '${referred.stage.name}' would be exported to '${spec.path.value}'`,
      `put ${names} into the path, or export one instance: ${referred.stage.name}.${referred.output}@${varying[0]}=…`,
    );
    return [];
  }
  return cells.flatMap((cell) => {
    const written = new Scope(cell.axes, table.params, problems).string(spec.path);
    const artifact = table.artifact(cell, referred.output);
    if (written === undefined || artifact === undefined) return [];
    const path = pathBelow(written);
    if (path === undefined || /^(\.git|cache|node_modules)(\/|$)/.test(path)) {
      const message = `an export cannot go to '${written}'`;
      const hint = 'choose a path in the project, outside cache/, node_modules/ and .git/';
      problems.at(spec.path.place, 'outside-root', message, hint);
      return [];
    }
    const unfit = unfitName(path);
    if (unfit !== undefined) {
      problems.at(
        spec.path.place,
        'bad-path',
        `the path of an export ${unfit}`,
        'choose a shorter or simpler path',
      );
      return [];
    }
    return [{ path, from: artifact, cell, place: spec.path.place, own: spec.own }];
  });
}

function reportClash(second: ExportCell, first: ExportCell, problems: Problems): void {
  problems.add({
    code: 'export-clash',
    message:
      first.path === second.path
        ? `two exports have the path ${second.path}: ${first.from.instance} and ${second.from.instance}`
        : `exports overlap: ${first.path} of ${first.from.instance} and ${second.path} of ${second.from.instance}`,
    hint: 'give each export a separate path',
    location: locationOf(second.place),
    related: [{ message: 'the other export is here', location: locationOf(first.place) }],
  });
}
