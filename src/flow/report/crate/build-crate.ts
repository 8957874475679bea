import { describeActions } from './actions.ts';
import { Entities, formatOf, ref } from './entities.ts';
import type { Entity, Ref } from './entities.ts';
import type { CrateFacts } from './facts.ts';
import { describeWorkflow } from './workflow.ts';

const CRATE = 'https://w3id.org/ro/crate/1.1';
const PROFILES = [
  ['https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/provenance/0.5', 'Provenance Run Crate', '0.5'],
  ['https://w3id.org/workflowhub/workflow-ro-crate/1.0', 'Workflow RO-Crate', '1.0'],
] as const;

/**
 * ro-crate-metadata.json of a run, in the format of the Provenance Run Crate profile 0.5. It
 * contains only facts from the record, the results and the events: no host, no path outside the
 * project, no environment.
 */
export function buildCrate(facts: CrateFacts): {
  readonly '@context': unknown;
  readonly '@graph': readonly Entity[];
} {
  const { record, dag, license } = facts;
  const entities = new Entities();
  for (const [path, { digest, size }] of facts.carried) {
    if (path === record.file) continue;
    entities.add({
      '@id': encodeURI(path),
      '@type': 'File',
      name: path,
      contentSize: String(size),
      sha256: digest.replace(/^sha256:/, ''),
      ...formatOf(path),
    });
  }
  const workflow = describeWorkflow(facts, entities);
  const run = describeActions(facts, entities);
  for (const [id, name, version] of PROFILES) {
    entities.add({ '@id': id, '@type': 'CreativeWork', name, version });
  }
  const root: Entity = {
    '@id': './',
    '@type': 'Dataset',
    name: `${record.pipeline}, run ${record.run_id}`,
    description: dag.description ?? `The run ${record.run_id} of ${record.file}`,
    datePublished: facts.exportedAt,
    license: describeLicense(license, entities),
    conformsTo: PROFILES.map(([id]) => ref(id)),
    mainEntity: workflow,
    mentions: [run],
    hasPart: entities.dataIds.map(ref),
  };
  const metadata: Entity = {
    '@id': 'ro-crate-metadata.json',
    '@type': 'CreativeWork',
    conformsTo: [ref(CRATE), ref('https://w3id.org/workflowhub/workflow-ro-crate/1.0')],
    about: ref('./'),
  };
  return {
    '@context': [`${CRATE}/context`, 'https://w3id.org/ro/terms/workflow-run/context'],
    '@graph': [metadata, root, ...entities.all],
  };
}

/** A crate must state a licence, or that the licence is unknown. */
function describeLicense(license: string | undefined, entities: Entities): Ref {
  if (license !== undefined) {
    return entities.add({ '@id': license, '@type': 'CreativeWork', name: license });
  }
  return entities.add({
    '@id': '#license',
    '@type': 'CreativeWork',
    name: 'No licence stated',
    description: 'The exporting user did not state a licence for these files.',
  });
}
