import { valuesHint } from './axis-values.ts';
import type { Dag, Instance } from './dag.ts';
import { formatValue, parseReference } from './instance-id.ts';
import { suggest } from './nearest.ts';

export type Found =
  | { readonly kind: 'one'; readonly instance: Instance; readonly output?: string }
  | { readonly kind: 'none'; readonly message: string; readonly hint: string }
  | { readonly kind: 'many'; readonly candidates: readonly string[] };

/**
 * Finds the instances and outputs that a part of a reference matches: `finetune.metrics@num=500` is
 * enough if it is unique.
 */
export function findInstance(dag: Dag, text: string): Found {
  const reference = parseReference(text);
  if (reference === undefined) {
    const hint = 'write STAGE, STAGE.OUTPUT or STAGE.OUTPUT@axis=value';
    return { kind: 'none', message: `'${text}' is not a reference`, hint };
  }
  const ofStage = dag.instances.filter((instance) => instance.stage === reference.stage);
  if (ofStage.length === 0) {
    const stages = new Set(dag.instances.map((instance) => instance.stage));
    const message = `this pipeline has no stage '${reference.stage}'`;
    return { kind: 'none', message, hint: suggest(reference.stage, stages, 'stages') };
  }
  const [first] = ofStage as [Instance, ...Instance[]];
  for (const axis of reference.axes.keys()) {
    if (Object.hasOwn(first.axes, axis)) continue;
    const message = `stage '${reference.stage}' has no axis '${axis}'`;
    return { kind: 'none', message, hint: suggest(axis, Object.keys(first.axes), 'axes') };
  }
  const { output } = reference;
  const outputs = first.outputs.map((o) => o.name);
  if (output !== undefined && !outputs.includes(output)) {
    const message = `stage '${reference.stage}' has no output '${output}'`;
    return { kind: 'none', message, hint: suggest(output, outputs, 'outputs') };
  }
  const found = ofStage.filter((instance) =>
    [...reference.axes].every(([axis, value]) => formatValue(instance.axes[axis] ?? '') === value),
  );
  const [only] = found;
  if (only === undefined) {
    const ids = ofStage.map(({ id }) => id);
    const message = `'${text}': stage '${reference.stage}' does not have this instance`;
    const values = valuesHint(
      ofStage.map(({ axes }) => axes),
      new Map([...reference.axes].map(([axis, value]) => [axis, [value]])),
    );
    const hint =
      values ?? `the instances are ${ids.slice(0, 6).join(', ')}${ids.length > 6 ? ', …' : ''}`;
    return { kind: 'none', message, hint };
  }
  if (found.length > 1) {
    const suffix = output === undefined ? '' : `.${output}`;
    return {
      kind: 'many',
      candidates: found.map(({ id, stage }) => `${stage}${suffix}${id.slice(stage.length)}`),
    };
  }
  return { kind: 'one', instance: only, ...(output === undefined ? {} : { output }) };
}
