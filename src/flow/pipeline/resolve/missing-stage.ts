import { nearest } from '../nearest.ts';
import type { Scope } from './scope.ts';
import type { StageSpec } from '../spec.ts';
import type { StageTable } from './stage-table.ts';
import type { TemplatePart } from '../read/template.ts';

/**
 * Whether a stage is missing that the value of an axis or a param names, as in `score-${strategy}.scores`.
 * The mistake is then at the place of the value, and the diagnostic says so.
 *
 * @param written the reference with all values filled in
 * @param parts the reference as it is written
 */
export function stageIsMissing(
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
  if (typeof part !== 'object' || /[.@]/.test(before) || table.spec.stages.has(stage)) return false;
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
