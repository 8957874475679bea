import { nearest, suggest } from '../nearest.ts';
import type { Scope } from './scope.ts';
import type { StageSpec } from '../spec.ts';
import type { StageTable } from './stage-table.ts';
import type { TemplatePart } from '../read/template.ts';

/**
 * Whether a stage is missing or does not fit that the value of an axis or a param names, as in
 * `score-${strategy}.scores`. The mistake is then at the place of the value, or in the stage, but not in
 * the reader, and the diagnostic says so.
 *
 * @param written the reference with all values filled in
 * @param parts the reference as it is written
 */
export function stageIsUnfit(
  reader: StageSpec,
  input: string,
  written: string,
  parts: readonly TemplatePart[],
  scope: Scope,
  table: StageTable,
): boolean {
  const [stage = ''] = written.split(/[.@]/);
  const at = parts.findIndex((part) => typeof part === 'object');
  const part = parts[at];
  const before = parts.slice(0, at).join('');
  if (typeof part !== 'object' || /[.@]/.test(before)) return false;
  const found = table.spec.stages.get(stage);
  if (found !== undefined) return fails(found, reader, input, written, scope, table);
  const value = String(scope.lookup(part.name) as string);
  const end = stage.slice(before.length + value.length);
  const known = [...table.spec.stages.keys()].flatMap((name) =>
    name.startsWith(before) && name.endsWith(end) && name.length > before.length + end.length
      ? [name.slice(before.length, name.length - end.length)]
      : [],
  );
  const [, output] = /\.([\w-]+)/.exec(written) ?? [];
  const close = nearest(value, known);
  const add = `add a stage '${stage}'${output === undefined ? '' : ` with an output '${output}'`}`;
  const hint =
    close === undefined
      ? `${add}${known.length === 0 ? '' : `, or choose one of ${known.join(', ')}`}`
      : `did you mean '${close}'? Otherwise ${add}`;
  const { place, what } = table.originOf(part.name, reader);
  const message = `there is no stage '${stage}', which input '${input}' of stage '${reader.name}' reads for ${part.name}=${value}${what}`;
  table.report(place, 'unknown-stage', message, hint);
  return true;
}

/** Whether the stage lacks the output that is read, or has an axis that the reader lacks. */
function fails(
  stage: StageSpec,
  reader: StageSpec,
  input: string,
  written: string,
  scope: Scope,
  table: StageTable,
): boolean {
  const [, output] = /\.([\w-]+)/.exec(written) ?? [];
  const names = stage.outputs.map(({ name }) => name);
  const reads = `input '${input}' of stage '${reader.name}' reads`;
  if (output !== undefined && names.length > 0 && !names.includes(output)) {
    const message = `stage '${stage.name}' has no output '${output}', which ${reads}`;
    const close = nearest(output, names);
    const hint =
      close === undefined ? `add an output '${output}'` : `rename '${close}' to '${output}'`;
    table.report(stage.place, 'unknown-output', message, hint);
    return true;
  }
  if (written.includes('@')) return false;
  for (const [axis, { place }] of stage.matrix) {
    if (Object.hasOwn(scope.axes, axis)) continue;
    const message = `stage '${stage.name}' has axis '${axis}', but '${reader.name}', which reads it, does not`;
    table.report(place, 'left-over-axis', message, suggest(axis, Object.keys(scope.axes), 'axes'));
    return true;
  }
  return false;
}
