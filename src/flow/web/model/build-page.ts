import { artifactName } from '../../core/names.ts';
import type { RunFacts } from '../../inspect/run-facts.ts';
import type { Input, Instance } from '../../pipeline/dag.ts';
import { commandText } from '../../report/command-text.ts';
import { printable } from '../../report/printable.ts';
import { isFinished } from '../../report/live/progress.ts';
import { layoutStages } from './layout.ts';
import { applyEvent } from './live.ts';
import { metricTables } from './metrics.ts';
import type { ExportPage, Fact, InputPage, InstancePage, RunPage } from './page.ts';

/**
 * Builds the page of a run from its Dag, its events and its results.
 *
 * @param overrides the options of its command line that repeat the results
 */
export function buildPage(facts: RunFacts, overrides: readonly string[]): RunPage {
  const { record, dag } = facts;
  const blank: RunPage = {
    run: record.run_id,
    pipeline: record.pipeline,
    file: record.file,
    ...(dag.description !== undefined && { description: dag.description }),
    argv: record.argv,
    overrides,
    state: 'running',
    startedAt: Date.parse(record.startedAt),
    ...(record.commit !== undefined && { commit: record.commit }),
    params: Object.entries(dag.params).map(([name, value]) => {
      const origin = dag.origins?.[name];
      return { name, value, ...(origin !== undefined && { origin }) };
    }),
    graph: layoutStages(dag),
    instances: dag.instances.map(declared),
    exports: exportsOf(facts),
    metrics: metricTables(dag, facts.metrics),
    warnings: [],
    machine: machineFacts(facts),
    packages: packagesOf(facts.results),
  };
  const moved = facts.events.reduce(applyEvent, blank);
  const ended = facts.events.findLast((event) => event.type === 'run-finished');
  const died = record.state === 'running' && !facts.live;
  return {
    ...moved,
    state: died ? 'died' : record.state,
    ...(ended !== undefined && { endedAt: ended.at }),
    instances: moved.instances.map((instance) => withResult(instance, facts, died)),
  };
}

function declared(instance: Instance): InstancePage {
  return {
    id: instance.id,
    stage: instance.stage,
    axes: instance.axes,
    state: 'pending',
    ...(instance.freeze && { frozen: true }),
    attempt: 0,
    curves: [],
    command: commandText(instance.command),
    params: instance.params,
    inputs: instance.inputs.map((input) => inputOf(input)),
    outputs: instance.outputs.map(({ name, path, tree, kind }) => {
      return { name, path, tree, ...(kind !== undefined && { kind }) };
    }),
  };
}

function inputOf(input: Input): InputPage {
  const { name } = input;
  switch (input.kind) {
    case 'source':
      return { name, from: input.path, makers: [] };
    case 'artifact':
      return {
        name,
        from: artifactName(input.from.instance, input.from.output),
        makers: [input.from.instance],
      };
    case 'collect': {
      const makers = input.items.map(({ from }) => from.instance);
      return { name, from: `${makers.length} collected`, makers };
    }
  }
}

/** By the death of the driver. An instance that waited for a retry had failed. */
function endOf(state: InstancePage['state']): 'failed' | 'cancelled' {
  return state === 'retrying' ? 'failed' : 'cancelled';
}

function withResult(instance: InstancePage, facts: RunFacts, died: boolean): InstancePage {
  const { id } = instance;
  const log = facts.logs.get(id);
  const known: InstancePage = {
    ...instance,
    // A driver that died finished none of the active instances.
    ...(died && !isFinished(instance.state) && { state: endOf(instance.state) }),
    ...(log !== undefined && { log: log.map(printable) }),
  };
  const result = facts.results.get(id);
  if (result === undefined) return known;
  const { execution, provenance, outputs, manifest } = result;
  const { run, host, startedAt, wallMs, cpuMs, maxRssBytes } = execution;
  return {
    ...known,
    key: result.key,
    curves: known.curves.length > 0 ? known.curves : curvesOf(facts, run, provenance.instance),
    inputs: known.inputs.map((input) => {
      const placed = manifest.inputs[input.name];
      const digest = placed !== undefined && 'digest' in placed ? placed.digest : undefined;
      return digest === undefined ? input : { ...input, digest };
    }),
    outputs: known.outputs.map((output) => {
      const artifact = outputs[output.name];
      if (artifact === undefined) return output;
      return { ...output, digest: artifact.digest, size: artifact.size };
    }),
    madeBy: {
      run,
      host,
      startedAt,
      wallMs,
      ...(cpuMs !== undefined && { cpuMs }),
      ...(maxRssBytes !== undefined && { maxRssBytes }),
    },
  };
}

/** The metrics that were reported when the result of a hit was computed. */
function curvesOf(facts: RunFacts, run: string, id: string): InstancePage['curves'] {
  const events = facts.earlier.get(run)?.filter((event) => 'id' in event && event.id === id) ?? [];
  const first = facts.dag.instances[0];
  if (events.length === 0 || first === undefined) return [];
  const alone = { instances: [{ ...declared(first), id }], warnings: [] } as unknown as RunPage;
  return events.reduce(applyEvent, alone).instances[0]?.curves ?? [];
}

function exportsOf({ record, images }: RunFacts): readonly ExportPage[] {
  return (record.exports ?? []).map(({ path, instance, digest }) => {
    const image = images.get(path);
    return { path, instance, digest, ...(image !== undefined && { image }) };
  });
}

function machineFacts({ record, results }: RunFacts): readonly Fact[] {
  const { machine } = record;
  const facts: Fact[] = [{ name: 'host', value: record.host }];
  if (machine !== undefined) {
    facts.push(
      { name: 'system', value: `${machine.os} ${machine.release}, ${machine.arch}` },
      { name: 'processor', value: `${machine.cpus} × ${machine.cpuModel}` },
      { name: 'memory', value: `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB` },
      { name: 'Node', value: machine.node },
      { name: 'flow', value: machine.flow },
    );
  }
  const others = new Set([...results.values()].map(({ execution }) => execution.host));
  others.delete(record.host);
  if (others.size > 0) facts.push({ name: 'results from', value: [...others].sort().join(', ') });
  return facts;
}

function packagesOf(results: RunFacts['results']): RunPage['packages'] {
  const seen = new Map<string, { name: string; version: string }>();
  for (const { manifest } of results.values()) {
    for (const { name, version } of manifest.packages ?? []) {
      seen.set(`${name}@${version}`, { name, version });
    }
  }
  return [...seen.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
