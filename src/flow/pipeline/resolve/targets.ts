import { stageOf } from '../../core/names.ts';
import { parseReference, parseStagePattern, type StagePattern } from '../instance-id.ts';
import { suggest } from '../nearest.ts';
import type { InputSpec, PipelineSpec, Place, StageSpec } from '../spec.ts';
import { agrees, type Cell, type StageTable } from './stage-table.ts';

/**
 * The cells that a run must compute: the arguments, else the file's targets, else the stages that
 * nothing reads.
 */
export function targetCells(table: StageTable, targets: readonly string[]): readonly Cell[] {
  if (targets.length > 0) return targets.flatMap((text) => cellsOf(table, text, undefined));
  const { targets: written } = table.spec;
  if (written !== undefined) {
    return written.flatMap(({ value, place }) => cellsOf(table, value, place));
  }
  return leaves(table.spec).flatMap((stage) => table.cells(stage) ?? []);
}

function cellsOf(table: StageTable, text: string, place: Place | undefined): readonly Cell[] {
  const pattern = parseStagePattern(text);
  if (pattern !== undefined) return cellsOfPattern(table, pattern, text, place);
  const reference = table.reference(text, place);
  if (reference === undefined) return [];
  const stage = table.stage(reference.stage, text, place);
  if (stage === undefined || !table.checkAxes(stage, reference, place)) return [];
  return table.matching(stage, reference.axes, text, place) ?? [];
}

function cellsOfPattern(
  table: StageTable,
  { matches, axes }: StagePattern,
  text: string,
  place: Place | undefined,
): readonly Cell[] {
  const all = [...table.spec.stages.values()];
  const named = all.filter(({ name }) => matches(name));
  if (named.length === 0) {
    const hint = suggest(
      stageOf(text),
      all.map(({ name }) => name),
      'stages',
    );
    table.report(place, 'unknown-stage', `no stage matches '${text}'`, hint);
    return [];
  }
  const fitting = named.filter(({ matrix }) => [...axes.keys()].every((axis) => matrix.has(axis)));
  const cells = fitting.flatMap((stage) => table.cells(stage) ?? []);
  const found = cells.filter((cell) => agrees(cell.axes, axes));
  if (found.length === 0 && axes.size > 0) {
    const wanted = stageOf(text);
    const message = `'${text}': no stage that '${wanted}' matches has such an instance`;
    const hint = `leave out the axes to take all instances: '${wanted}'`;
    table.report(place, 'no-instance', message, hint);
  }
  return found;
}

/** The stages that no input of any stage refers to, in any of its cases. */
function leaves(spec: PipelineSpec): readonly StageSpec[] {
  const read = new Set<string>();
  const mark = (input: InputSpec): void => {
    switch (input.kind) {
      case 'choice':
        for (const one of input.cases.values()) mark(one);
        return;
      case 'collect':
        read.add(stageNameOf(input.from.value));
        return;
      case 'reference':
        read.add(stageNameOf(input.text.value));
    }
  };
  for (const stage of spec.stages.values()) for (const input of stage.inputs.values()) mark(input);
  const unread = [...spec.stages.values()].filter((s) => !s.probe && !read.has(s.name));
  // In a cycle, every stage is read. Take all of them, so that flow finds and reports the cycle.
  return unread.length > 0 ? unread : [...spec.stages.values()];
}

function stageNameOf(text: string): string {
  return parseReference(stageOf(text))?.stage ?? '';
}
