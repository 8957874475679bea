import type { Json } from '../../core/json.ts';
import type { Input, Instance } from '../dag.ts';
import { formatInstanceId } from '../instance-id.ts';
import { resolveCommand } from './resolve-command.ts';
import { resolveInput } from './resolve-input.ts';
import { resolveOutputs } from './resolve-outputs.ts';
import { Scope } from './scope.ts';
import { locationOf, type StageSpec } from '../spec.ts';
import type { Cell, StageTable } from './stage-table.ts';
import { parseDuration, parseSize } from '../units.ts';

export interface Instantiated {
  readonly instance: Instance;
  /** The cells whose artifacts the instance reads. */
  readonly needs: readonly Cell[];
}

/** The instance of one cell, with all values filled in; undefined after a diagnostic. */
export function instantiate({ stage, axes }: Cell, table: StageTable): Instantiated | undefined {
  const { problems } = table;
  const scope = new Scope(axes, table.params, problems);
  const inputs: Input[] = [];
  const needs: Cell[] = [];
  let sound = true;
  for (const [name, spec] of stage.inputs) {
    const resolved = resolveInput(stage, name, spec, scope, table);
    if (resolved === undefined) sound = false;
    if (!resolved) continue;
    inputs.push(...resolved.inputs);
    needs.push(...resolved.needs);
  }
  const outputs = resolveOutputs(stage, scope, problems);
  const ofCommand = new Scope(axes, table.params, problems);
  // A failed input would be reported again for the command that names it.
  const command = sound ? resolveCommand(stage, inputs, ofCommand, problems) : undefined;
  const written = Object.fromEntries([...scope.used, ...ofCommand.used]);
  const params = stageParams(stage, scope);
  const pool = resolvePool(stage, scope, table);
  const limits = resolveLimits(stage, table);
  const code = stage.code.map((glob) => scope.string(glob));
  const salt = stage.salt === undefined ? undefined : scope.string(stage.salt);
  if (
    params === undefined ||
    outputs === undefined ||
    command === undefined ||
    pool === undefined ||
    limits === undefined ||
    code.includes(undefined)
  ) {
    return undefined;
  }
  const instance: Instance = {
    id: formatInstanceId(stage.name, axes),
    stage: stage.name,
    probe: stage.probe,
    ...(stage.description === undefined ? {} : { description: stage.description }),
    axes,
    command,
    params,
    ...(Object.keys(written).length > 0 && { written }),
    inputs,
    outputs,
    code: code as readonly string[],
    ...(stage.codeExclude && {
      codeExclude: stage.codeExclude.patterns.map((pattern) => scope.string(pattern) ?? ''),
    }),
    env: stage.env,
    ...(stage.watch.length > 0 && { watch: stage.watch }),
    ...(stage.secrets.length === 0 ? {} : { secrets: stage.secrets }),
    pool,
    ...limits,
    ...(salt === undefined ? {} : { salt }),
    ...(stage.always && { always: true }),
    ...(stage.freeze && { freeze: true }),
    location: locationOf(stage.place),
  };
  return { instance, needs };
}

/** The params of stage.json: the declared params, then every axis. */
function stageParams(stage: StageSpec, scope: Scope): Readonly<Record<string, Json>> | undefined {
  const params: Record<string, Json> = {};
  let sound = true;
  for (const { value: name, place } of stage.params) {
    const value = scope.require(name, place);
    if (value === undefined) sound = false;
    else params[name] = value;
  }
  return sound ? { ...params, ...scope.axes } : undefined;
}

function resolvePool(
  stage: StageSpec,
  scope: Scope,
  { problems }: StageTable,
): Readonly<Record<string, number>> | undefined {
  const pool: Record<string, number> = { cpu: 1 };
  for (const [name, { value, place }] of stage.pool) {
    const written = typeof value === 'string' ? scope.value({ value, place }) : value;
    if (written === undefined) return undefined;
    const isAmount = typeof written === 'number' || typeof written === 'string';
    const amount = isAmount ? parseSize(written) : undefined;
    if (amount === undefined) {
      const message = `stage '${stage.name}' takes ${JSON.stringify(written)} of pool '${name}', which is not an amount`;
      problems.at(place, 'bad-amount', message, 'write a number or a size such as 4GB');
      return undefined;
    }
    pool[name] = amount;
  }
  return pool;
}

function resolveLimits(
  stage: StageSpec,
  { problems }: StageTable,
): Pick<Instance, 'retries' | 'timeoutMs'> | undefined {
  const durations = { timeout: stage.timeout, backoff: stage.retries?.backoff };
  const milliseconds: Record<string, number> = {};
  for (const [name, written] of Object.entries(durations)) {
    if (written === undefined) continue;
    const parsed = parseDuration(written.value);
    if (parsed === undefined) {
      const message = `'${name}' of stage '${stage.name}' is '${written.value}', which is not a duration`;
      problems.at(written.place, 'bad-duration', message, 'write 90s, 10m or 2h');
      return undefined;
    }
    milliseconds[name] = parsed;
  }
  const { retries } = stage;
  return {
    ...(milliseconds['timeout'] === undefined ? {} : { timeoutMs: milliseconds['timeout'] }),
    ...(retries === undefined
      ? {}
      : {
          retries: {
            times: retries.times,
            ...(retries.on === undefined ? {} : { on: retries.on }),
            backoffMs: milliseconds['backoff'] ?? 0,
          },
        }),
  };
}
