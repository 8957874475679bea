import type { Diagnostic } from '../../core/diagnostic.ts';
import type { InstanceId } from '../../core/ids.ts';
import { stageOf } from '../../core/names.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Dag } from '../dag.ts';
import { findInstance } from '../find-instance.ts';
import { parseReference, parseStagePattern } from '../instance-id.ts';
import { suggest } from '../nearest.ts';
import { agrees } from './stage-table.ts';

/** The instances that a stage, an instance or a pattern (`train-*@seed=0`) names: at least one. */
export function findInstances(
  dag: Dag,
  text: string,
): Result<readonly InstanceId[], Pick<Diagnostic, 'message' | 'hint'>> {
  const stages = new Set(dag.instances.map(({ stage }) => stage));
  const pattern = parseStagePattern(text);
  if (pattern !== undefined) {
    const named = dag.instances.filter(({ stage }) => pattern.matches(stage));
    if (named.length === 0) {
      const hint = suggest(stageOf(text), stages, 'stages');
      return err({ message: `no stage of this run matches '${text}'`, hint });
    }
    const found = named.filter(({ axes }) => agrees(axes, pattern.axes));
    if (found.length > 0) return ok(found.map(({ id }) => id));
    const wanted = stageOf(text);
    const message = `'${text}': no stage that '${wanted}' matches has such an instance`;
    return err({ message, hint: `leave out the axes to take all instances: '${wanted}'` });
  }
  const reference = parseReference(text);
  if (reference === undefined) {
    const hint = 'write STAGE, STAGE@axis=value, probe.NAME or a pattern of stage names';
    return err({ message: `'${text}' is not a stage or an instance`, hint });
  }
  const { stage, output } = reference;
  if (!stages.has(stage)) {
    return err({
      message: `this run has no stage '${stage}'`,
      hint: suggest(stage, stages, 'stages'),
    });
  }
  if (output !== undefined) {
    const whole = `${stage}${text.slice(stageOf(text).length)}`;
    const hint = `write '${whole}': a stage writes all its outputs together`;
    return err({ message: `'${text}' names an output`, hint });
  }
  const found = findInstance(dag, text);
  switch (found.kind) {
    case 'one':
      return ok([found.instance.id]);
    case 'many':
      return ok(found.candidates as readonly InstanceId[]);
    case 'none':
      return err(found);
  }
}
