import { stageOf } from '../../core/names.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { formatValue } from '../../pipeline/instance-id.ts';

/** A possible word at the cursor. */
export interface Candidate {
  readonly text: string;
  readonly about?: string;
  /** Whether more must follow in the same word. */
  readonly open?: boolean;
}

/** `STAGE[.OUTPUT][@axis=value,…]`, one part at a time: never a list of a thousand instances. */
export function completeReference(
  instances: readonly Instance[],
  text: string,
  outputs: boolean,
): readonly Candidate[] {
  const at = text.indexOf('@');
  return at === -1
    ? completeHead(instances, text, outputs)
    : completeAxes(instances, text.slice(0, at), text.slice(at + 1));
}

function completeHead(
  instances: readonly Instance[],
  text: string,
  withOutputs: boolean,
): readonly Candidate[] {
  const stages = new Map<string, Instance[]>();
  for (const instance of instances) {
    const { stage } = instance;
    if (stage.startsWith(text) || text.startsWith(`${stage}.`)) {
      stages.set(stage, [...(stages.get(stage) ?? []), instance]);
    }
  }
  const found: Candidate[] = [];
  for (const [stage, all] of stages) {
    const [first] = all;
    const about = first?.description;
    if (stage.startsWith(text)) found.push({ text: stage, ...(about !== undefined && { about }) });
    // Shows outputs and axes only after a stage is chosen, because the list for all stages would be
    // too long.
    if (stages.size > 1 && text !== stage && !text.startsWith(`${stage}.`)) continue;
    const outputs = withOutputs ? (first?.outputs ?? []) : [];
    const heads = [stage, ...outputs.map(({ name }) => `${stage}.${name}`)];
    for (const head of heads.filter((candidate) => candidate.startsWith(text))) {
      if (head !== stage) found.push({ text: head });
      if (all.length > 1) found.push({ text: `${head}@`, open: true });
    }
  }
  return found;
}

function completeAxes(
  instances: readonly Instance[],
  head: string,
  axes: string,
): readonly Candidate[] {
  const pairs = axes.split(',');
  const last = pairs.pop() ?? '';
  const before = `${head}@${pairs.map((pair) => `${pair},`).join('')}`;
  const left = instances.filter(
    (instance) =>
      (head === instance.stage || head.startsWith(`${instance.stage}.`)) &&
      pairs.every((pair) => pairsOf(instance).includes(pair)),
  );
  const given = new Set(pairs.map((pair) => pair.split('=')[0] ?? ''));
  const found = new Map<string, Candidate>();
  for (const instance of left) {
    for (const pair of pairsOf(instance)) {
      const axis = pair.split('=')[0] ?? '';
      if (given.has(axis) || (!last.includes('=') && sameForAll(left, axis))) continue;
      const text = before + (last.includes('=') ? pair : `${axis}=`);
      if (!text.startsWith(before + last)) continue;
      const open = !last.includes('=') || left.filter((i) => pairsOf(i).includes(pair)).length > 1;
      found.set(text, { text, open });
    }
  }
  return [...found.values()];
}

/** This axis has only one value here, so the user need not write it. */
function sameForAll(instances: readonly Instance[], axis: string): boolean {
  return new Set(instances.map(({ axes }) => axes[axis])).size === 1 && instances.length > 1;
}

function pairsOf({ axes }: Instance): readonly string[] {
  return Object.entries(axes).map(([axis, value]) => `${axis}=${formatValue(value)}`);
}

/** `axis=value[,value]…` of the stage that a reference names; without one, of all stages. */
export function completeAxis(
  instances: readonly Instance[],
  reference: string | undefined,
  typed: string,
): readonly Candidate[] {
  const head = reference === undefined ? undefined : stageOf(reference);
  const left = instances.filter(
    ({ stage }) => head === undefined || head === stage || head.startsWith(`${stage}.`),
  );
  const [axis = '', values] = typed.split('=');
  if (values === undefined) {
    const axes = new Set(left.flatMap((instance) => Object.keys(instance.axes)));
    return [...axes].map((name) => ({ text: `${name}=`, open: true }));
  }
  const before = typed.slice(0, typed.length - (values.split(',').at(-1) ?? '').length);
  const given = new Set(values.split(',').slice(0, -1));
  const known = left.flatMap(({ axes }) => axes[axis] ?? []).map(formatValue);
  return [...new Set(known)]
    .filter((value) => !given.has(value))
    .map((value) => ({ text: before + value }));
}
