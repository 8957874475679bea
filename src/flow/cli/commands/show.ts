import { ADOPTED, artifactName } from '../../core/names.ts';
import { ok } from '../../core/result.ts';
import { findLog } from '../../inspect/logs.ts';
import type { InputOrigin, ManifestInput, ManifestItem } from '../../key/manifest.ts';
import { originText } from '../../key/origins.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { commandText } from '../../report/command-text.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import { formatBytes, formatDuration, shortDigest } from '../../report/format.ts';
import { madeText } from '../../report/changes/made-text.ts';
import { type Style, styleFor } from '../../report/style.ts';
import { padEnd } from '../../report/text-width.ts';
import { type Args, type Ended, type Io, printJson, printLines, usage } from '../args/command.ts';
import { lookAgain } from '../args/command-again.ts';
import { shownPath } from '../project/project.ts';
import { showArtifact } from './show-artifact.ts';
import { hasLog, hasResult, resultOfTarget, type Wanted, withTarget } from '../project/target.ts';

/** `flow show`: shows an instance and its result, or an artifact. */
export async function showCommand(args: Args, io: Io): Promise<Ended> {
  return withTarget(args, io, hasSomethingToShow, async (target) => {
    const { session, view, instance, output } = target;
    const result = await resultOfTarget(target, args);
    const file = await findLog(view, instance.id);
    const log = file === undefined ? undefined : shownPath(io, session.project.root, file);
    const { id, stage, axes } = instance;
    const facts = {
      id,
      stage,
      axes,
      instance,
      result: result.ok ? result.value : null,
      log: log ?? null,
    };
    if (output !== undefined) {
      if (!result.ok) return result;
      return showArtifact(args, target, output, result.value, facts);
    }
    if (args.operands.length > 1) {
      const hint = `write ${lookAgain(args, io.env, 'show', artifactName(id, 'OUTPUT'), 'PATH')}`;
      return usage(
        'no-output',
        'PATH is a file of an output, so the name of the output is missing',
        hint,
      );
    }
    if (args.has('json')) {
      await printJson(io, facts);
      return ok(0);
    }
    const style = styleFor(io.stdout, io.env);
    const lines = [style.bold(instance.id)];
    if (instance.description !== undefined) lines.push(instance.description);
    lines.push('', ...declaredLines(instance, style));
    if (result.ok) lines.push(...resultLines(result.value, instance, style));
    else lines.push(field('result', 'none', style));
    if (log !== undefined) lines.push(field('log', log, style));
    await printLines(io, lines);
    return ok(0);
  });
}

/** An output; or a result or a log of an instance. */
const hasSomethingToShow: Wanted = async (target) =>
  (await hasResult(target)) || (target.output === undefined && (await hasLog(target)));

function declaredLines(instance: Instance, style: Style): string[] {
  const { location, pool, freeze } = instance;
  const pools = Object.entries(pool).map(([name, amount]) => `${name} ${amount}`);
  return [
    field('declared', `${location.file}:${location.line}`, style),
    field('command', commandText(instance.command), style),
    field('pool', pools.join(', '), style),
    ...(freeze ? [field('frozen', 'its newest result counts (freeze: true)', style)] : []),
    ...Object.entries(instance.params).map(([name, value], i) =>
      field(i === 0 ? 'params' : '', `${name} = ${JSON.stringify(value)}`, style),
    ),
  ];
}

function resultLines(result: ActionResult, instance: Instance, style: Style): string[] {
  const { execution, manifest, provenance, outputs } = result;
  const inputs = Object.entries(manifest.inputs).flatMap(([name, input]) => {
    const origin = provenance.inputs[name];
    if (!isList(input)) return [`${name}  ${shortDigest(input.digest)}  ${originOf(origin)}`];
    const count = `${input.length} collected`;
    return [`${name}  ${count}`];
  });
  const made = instance.outputs.flatMap(({ name, path, tree }) => {
    const artifact = outputs[name];
    if (!artifact) return [];
    const size = formatBytes(artifact.size);
    return [`${name}  ${shortDigest(artifact.digest)}  ${size}  ${path}${tree ? '/' : ''}`];
  });
  const attempts = execution.attempts > 1 ? `, attempt ${execution.attempts}` : '';
  const took = `${formatDuration(execution.wallMs)}${attempts}`;
  const usage = [
    ...(execution.cpuMs === undefined ? [] : [`${formatDuration(execution.cpuMs)} CPU`]),
    ...(execution.maxRssBytes === undefined ? [] : [`${formatBytes(execution.maxRssBytes)} peak`]),
  ];
  return [
    ...listed('inputs', inputs, style),
    ...listed('outputs', made, style),
    field('key', result.key, style),
    field('made', madeText({ ...execution, at: execution.startedAt }), style),
    ...(execution.run === ADOPTED ? [] : [field('took', [took, ...usage].join(', '), style)]),
  ];
}

function isList(input: ManifestInput | readonly ManifestItem[]): input is readonly ManifestItem[] {
  return Array.isArray(input);
}

function originOf(origin: InputOrigin | readonly InputOrigin[] | undefined): string {
  return origin === undefined || Array.isArray(origin) ? '' : originText(origin as InputOrigin);
}

function listed(name: string, lines: readonly string[], style: Style): string[] {
  return lines.map((line, i) => field(i === 0 ? name : '', line, style));
}

function field(name: string, value: string, style: Style): string {
  return `${style.dim(padEnd(name, 9))} ${value}`;
}
