import type { Failure } from '../../core/events.ts';
import { ADOPTED } from '../../core/names.ts';
import type { InputOrigin, ManifestInput, ManifestItem } from '../../key/manifest.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { Entities, Entity, Ref } from './entities.ts';
import { artifactEntity, ref, shownPath } from './entities.ts';
import type { CrateFacts } from './facts.ts';
import { stepId, toolId, valueId } from './workflow.ts';

const COMPLETED = 'http://schema.org/CompletedActionStatus';
const FAILED = 'http://schema.org/FailedActionStatus';

/** The run, and the action that made each result: in this run, or in the earlier run of a hit. */
export function describeActions(facts: CrateFacts, entities: Entities): Ref {
  const { record, dag, results, events } = facts;
  const controls: Ref[] = [];
  const failures = failuresOf(facts);
  // First, so that the name of a source is its path, not the name of an input.
  const sources = dag.instances
    .flatMap(({ id }) => sourcesOf(results.get(id)))
    .map((source) => entities.add(source));
  for (const { id, stage } of dag.instances) {
    const result = results.get(id);
    const failure = failures.get(id);
    const action =
      result !== undefined
        ? describeResult(id, stage, result, record.run_id, entities)
        : failure !== undefined
          ? describeFailure(id, stage, failure, entities)
          : undefined;
    // Skipped and cancelled instances are not actions.
    if (action === undefined) continue;
    controls.push(
      entities.add({
        '@id': `#control/${encodeURIComponent(id)}`,
        '@type': 'ControlAction',
        name: `Ran ${id}, or reused its result`,
        instrument: ref(stepId(stage)),
        object: action,
      }),
    );
  }
  const ended = events.findLast((event) => event.type === 'run-finished');
  const times = {
    startTime: record.startedAt,
    ...(ended !== undefined && { endTime: new Date(ended.at).toISOString() }),
  };
  const objects = [
    ...Object.keys(dag.params).map((name) => ref(valueId(name))),
    ...unique(sources),
  ];
  const run = entities.add({
    '@id': `#run/${record.run_id}`,
    '@type': 'CreateAction',
    name: `Run ${record.run_id} of ${record.pipeline}`,
    instrument: ref(encodeURI(record.file)),
    object: objects,
    result: (record.exports ?? []).flatMap(({ path }) => carriedAt(facts, path)),
    actionStatus: record.state === 'ok' ? COMPLETED : FAILED,
    ...times,
  });
  entities.add({
    '@id': '#flow',
    '@type': 'SoftwareApplication',
    name: 'flow',
    ...(record.machine !== undefined && { softwareVersion: record.machine.flow }),
  });
  entities.add({
    '@id': `#engine/${record.run_id}`,
    '@type': 'OrganizeAction',
    name: `flow run ${record.file}`,
    instrument: ref('#flow'),
    object: controls,
    result: run,
    ...times,
  });
  return run;
}

function describeResult(
  id: string,
  stage: string,
  result: ActionResult,
  run: string,
  entities: Entities,
): Ref {
  const { execution, manifest, outputs } = result;
  const began = Date.parse(execution.startedAt);
  const actionId = `#action/${encodeURIComponent(id)}`;
  const inputs = Object.entries(manifest.inputs).flatMap(([name, input]) =>
    listOf(input).map((item) => entities.add(artifactEntity(item, `${name}: ${item.as}`))),
  );
  const maker =
    execution.run === ADOPTED ? 'computed elsewhere and adopted' : `result of run ${execution.run}`;
  const earlier = execution.run === run ? '' : `; ${maker}`;
  return entities.add({
    '@id': actionId,
    '@type': 'CreateAction',
    name: id,
    description: `Action key ${result.key}${earlier}`,
    instrument: ref(toolId(stage)),
    object: unique(inputs),
    result: unique(
      Object.entries(outputs).map(([name, artifact]) =>
        entities.add(artifactEntity(artifact, `${id}: ${name}`)),
      ),
    ),
    startTime: execution.startedAt,
    endTime: new Date(began + execution.wallMs).toISOString(),
    actionStatus: COMPLETED,
    resourceUsage: usage(actionId, result).map((entity) => entities.add(entity)),
  });
}

function usage(action: string, { execution }: ActionResult): readonly Entity[] {
  const of = (name: string, value: number | undefined, unitText: string): Entity[] =>
    value === undefined
      ? []
      : [
          {
            '@id': `${action}/${name}`,
            '@type': 'PropertyValue',
            name,
            propertyID: name,
            value: String(value),
            unitText,
          },
        ];
  return [
    ...of('cpuTime', execution.cpuMs, 'ms'),
    ...of('maxResidentSetSize', execution.maxRssBytes, 'B'),
  ];
}

interface Failed {
  readonly startedAt: number | undefined;
  readonly endedAt: number;
  readonly failure: Failure | undefined;
}

function failuresOf({ events }: CrateFacts): ReadonlyMap<string, Failed> {
  const begun = new Map<string, number>();
  const failed = new Map<string, Failed>();
  for (const event of events) {
    if (event.type === 'started') begun.set(event.id, event.at);
    if (event.type !== 'finished' || event.outcome !== 'failed') continue;
    const { id, at, failure } = event;
    failed.set(id, { startedAt: begun.get(id), endedAt: at, failure });
  }
  return failed;
}

function describeFailure(id: string, stage: string, failed: Failed, entities: Entities): Ref {
  const { startedAt, endedAt, failure } = failed;
  return entities.add({
    '@id': `#action/${encodeURIComponent(id)}`,
    '@type': 'CreateAction',
    name: id,
    instrument: ref(toolId(stage)),
    ...(startedAt !== undefined && { startTime: new Date(startedAt).toISOString() }),
    endTime: new Date(endedAt).toISOString(),
    actionStatus: FAILED,
    // The message can quote the output of a stage; the reason cannot.
    ...(failure !== undefined && { error: failure.reason }),
  });
}

/** Artifacts that no stage made. */
function sourcesOf(result: ActionResult | undefined): readonly Entity[] {
  if (result === undefined) return [];
  return Object.entries(result.manifest.inputs).flatMap(([name, input]) => {
    const origins = originsOf(result.provenance.inputs[name]);
    return listOf(input).flatMap((item, at) => {
      const origin = origins[at];
      if (origin === undefined || !('source' in origin)) return [];
      return [artifactEntity(item, shownPath(origin.source))];
    });
  });
}

function listOf(input: ManifestInput | readonly ManifestItem[]): readonly ManifestInput[] {
  return 'digest' in input ? [input] : input;
}

function originsOf(
  origins: InputOrigin | readonly InputOrigin[] | undefined,
): readonly InputOrigin[] {
  if (origins === undefined) return [];
  return 'source' in origins || 'instance' in origins ? [origins] : origins;
}

/** The files of an export that the crate contains. */
function carriedAt({ carried }: CrateFacts, path: string): readonly Ref[] {
  return [...carried.keys()]
    .filter((file) => file === path || file.startsWith(`${path}/`))
    .map((file) => ref(encodeURI(file)));
}

function unique(refs: readonly Ref[]): readonly Ref[] {
  return [...new Map(refs.map((each) => [each['@id'], each])).values()];
}
