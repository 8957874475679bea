import type { Json } from '../../core/json.ts';
import type { Commit } from '../../core/run-record.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { Entities, Ref } from './entities.ts';
import { artifactEntity, formatOf, ref, shownPath, shownValue } from './entities.ts';
import type { CrateFacts } from './facts.ts';

export const toolId = (stage: string): string => `#tool/${encodeURIComponent(stage)}`;
export const stepId = (stage: string): string => `#step/${encodeURIComponent(stage)}`;
export const valueId = (param: string): string => `#value/${encodeURIComponent(param)}`;

/** The pipeline as a ComputationalWorkflow: its params, and a step with its tool for each stage. */
export function describeWorkflow(facts: CrateFacts, entities: Entities): Ref {
  const { record, dag, carried } = facts;
  const stages = new Map<string, Instance>();
  for (const instance of dag.instances) {
    if (!stages.has(instance.stage)) stages.set(instance.stage, instance);
  }
  const inputs = Object.entries(dag.params).map(([name, value]) =>
    describeParam(name, value, entities),
  );
  const done = new Set(
    dag.instances.filter(({ id }) => facts.results.has(id)).map(({ stage }) => stage),
  );
  const failed = new Set(
    facts.events.flatMap((event) =>
      event.type === 'finished' && event.outcome === 'failed' ? [event.id as string] : [],
    ),
  );
  for (const { id, stage } of dag.instances) if (failed.has(id)) done.add(stage);
  const steps: Ref[] = [];
  const tools: Ref[] = [];
  for (const [stage, instance] of stages) {
    // A tool that was not used is not part of the run.
    if (!done.has(stage)) continue;
    tools.push(describeTool(instance, facts, entities));
    steps.push(
      entities.add({
        '@id': stepId(stage),
        '@type': 'HowToStep',
        name: stage,
        position: String(steps.length + 1),
        workExample: ref(toolId(stage)),
      }),
    );
  }
  entities.add({
    '@id': '#flow-language',
    '@type': 'ComputerLanguage',
    name: 'flow pipeline',
    alternateName: 'flow',
    version: '1',
  });
  const text = carried.get(record.file);
  return entities.add({
    '@id': encodeURI(record.file),
    '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'],
    name: record.pipeline,
    ...(dag.description !== undefined && { description: dag.description }),
    ...(record.commit !== undefined && { version: versionOf(record.commit) }),
    programmingLanguage: ref('#flow-language'),
    ...formatOf(record.file),
    ...(text !== undefined && {
      contentSize: String(text.size),
      sha256: text.digest.replace(/^sha256:/, ''),
    }),
    input: inputs,
    hasPart: tools,
    step: steps,
  });
}

/** In the form of `git describe --dirty`. */
function versionOf({ id, clean }: Commit): string {
  return clean ? id : `${id}-dirty`;
}

function describeParam(name: string, value: Json, entities: Entities): Ref {
  const shown = shownValue(value);
  entities.add({
    '@id': valueId(name),
    '@type': 'PropertyValue',
    name,
    value: typeof shown === 'object' ? JSON.stringify(shown) : String(shown),
    exampleOfWork: ref(`#param/${encodeURIComponent(name)}`),
  });
  return entities.add({
    '@id': `#param/${encodeURIComponent(name)}`,
    '@type': 'FormalParameter',
    name,
    additionalType: typeOf(value),
    workExample: ref(valueId(name)),
  });
}

function typeOf(value: Json): string {
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'Integer' : 'Float';
    case 'boolean':
      return 'Boolean';
    default:
      return 'Text';
  }
}

/** The command of a stage, with the code that made its results. */
function describeTool(instance: Instance, facts: CrateFacts, entities: Entities): Ref {
  const { stage, description, command } = instance;
  const code = new Map<string, Ref>();
  for (const { id, stage: of } of facts.dag.instances) {
    const result = of === stage ? facts.results.get(id) : undefined;
    for (const [path, digest] of Object.entries(result?.provenance.codeFiles ?? {})) {
      const file = artifactEntity({ kind: 'file', digest }, shownPath(path));
      code.set(file['@id'], entities.add({ ...file, '@type': ['File', 'SoftwareSourceCode'] }));
    }
  }
  return entities.add({
    '@id': toolId(stage),
    '@type': 'SoftwareApplication',
    name: 'entry' in command ? shownPath(command.entry) : stage,
    ...(description !== undefined && { description }),
    ...(code.size > 0 && { hasPart: [...code.values()] }),
  });
}
