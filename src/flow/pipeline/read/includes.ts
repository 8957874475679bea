import path from 'node:path';
import type { PipelineDoc } from './read-document.ts';
import { readDocument } from './read-document.ts';
import { suggest } from '../nearest.ts';
import type { Problems } from './problems.ts';
import { settleParam, type ParamDeclaration } from './read-param.ts';
import { SourceFile } from '../source-file.ts';
import {
  locationOf,
  type PipelineSpec,
  type Place,
  type ProfileSpec,
  type StageSpec,
} from '../spec.ts';

/** Why flow does not read a file: `is a FIFO`. */
export interface Unreadable {
  readonly why: string;
}

/** The text of a file by its absolute path; undefined if it does not exist. */
export type ReadText = (file: string) => Promise<string | Unreadable | undefined>;

export interface FilesPort {
  readonly root: string;
  readonly read: ReadText;
  /** The path of the file as a user writes it. */
  name(file: string): string;
}

/** Reads a file and all files that it includes, and merges them. Reads each file once. */
export async function loadSpec(
  file: string,
  files: FilesPort,
  problems: Problems,
): Promise<{ readonly spec?: PipelineSpec; readonly files: readonly string[] }> {
  const docs = new Map<string, PipelineDoc>();
  const read = new Set<string>();
  const reach = new Map<PipelineDoc, Set<PipelineDoc>>();

  // Included files come first, so that the including file can change what they define.
  const visit = async (at: string, trail: readonly string[], from?: Place): Promise<void> => {
    if (trail.includes(at)) {
      const names = [...trail.slice(trail.indexOf(at)), at].map((f) => files.name(f));
      const message = `files include each other: ${names.join(' → ')}`;
      problems.at(from as Place, 'include-cycle', message, 'remove one of these includes');
      return;
    }
    if (read.has(at)) return;
    read.add(at);
    const text = await files.read(at);
    if (typeof text !== 'string') {
      const message = noText(files.name(at), text, 'file');
      if (from === undefined) problems.add({ code: 'no-file', message });
      else problems.at(from, 'no-file', message, 'write the path relative to this file');
      return;
    }
    const doc = readDocument(new SourceFile(files.name(at), text), problems);
    if (doc === undefined) return;
    for (const { value, place } of doc.include) {
      const included = path.resolve(path.dirname(at), value);
      if (path.relative(files.root, included).startsWith('..')) {
        const message = `'${value}' is outside the project`;
        problems.at(
          place,
          'outside-root',
          message,
          'copy the file into the project and include the copy',
        );
      } else await visit(included, [...trail, at], place);
    }
    const included = doc.include.map(({ value }) =>
      docs.get(path.resolve(path.dirname(at), value)),
    );
    const below = included.filter((other) => other !== undefined);
    reach.set(doc, new Set(below.flatMap((other) => [other, ...(reach.get(other) ?? [])])));
    docs.set(at, doc);
  };

  await visit(file, []);
  const root = docs.get(file);
  const spec =
    root === undefined
      ? undefined
      : mergeDocuments(root, [...docs.values()], reach, file, problems);
  return { ...(spec === undefined ? {} : { spec }), files: [...read] };
}

/** The message for a file without a text. */
export function noText(name: string, found: Unreadable | undefined, what: string): string {
  return found === undefined ? `there is no ${what} ${name}` : `${name} ${found.why}`;
}

function mergeDocuments(
  root: PipelineDoc,
  docs: readonly PipelineDoc[],
  reach: ReadonlyMap<PipelineDoc, ReadonlySet<PipelineDoc>>,
  file: string,
  problems: Problems,
): PipelineSpec {
  const stages = new Map<string, StageSpec>();
  const declarations = new Map<string, ParamDeclaration[]>();
  for (const doc of docs) {
    for (const stage of doc.stages) {
      const first = stages.get(stage.name);
      if (first === undefined) stages.set(stage.name, stage);
      else reportTwice(stage.probe ? 'probe' : 'stage', stage, first, problems);
    }
    for (const [name, declaration] of doc.params) {
      const earlier = declarations.get(name) ?? [];
      const rival = docs.find(
        (other) =>
          other !== doc && other.params.get(name) === earlier.at(-1) && !reach.get(doc)?.has(other),
      );
      if (rival !== undefined && earlier.length > 0) {
        reportTwice('param', declaration, earlier.at(-1) as ParamDeclaration, problems);
      }
      declarations.set(name, [...earlier, declaration]);
    }
  }
  const params = new Map(
    [...declarations].flatMap(([name, all]) => {
      const spec = settleParam(all, problems);
      return spec === undefined ? [] : [[name, spec] as const];
    }),
  );
  const profiles = new Map<string, readonly ProfileSpec[]>();
  for (const doc of docs) {
    for (const [name, values] of doc.profiles) {
      for (const [param, { place }] of values) {
        const known = params.has(param.split('.')[0] as string) || declarations.has(param);
        if (!known) {
          const message = `profile '${name}' sets '${param}', which is not a param`;
          problems.at(place, 'unknown-param', message, suggest(param, params.keys(), 'params'));
        }
      }
      profiles.set(name, [...(profiles.get(name) ?? []), { values }]);
    }
  }
  return {
    name: root.name ?? path.basename(file).replace(/\.ya?ml$/, ''),
    ...(root.description === undefined ? {} : { description: root.description }),
    params,
    profiles,
    stages,
    exports: docs.flatMap((doc) => doc.exports.map((e) => ({ ...e, own: doc === root }))),
    targets: root.targets,
  };
}

interface Defined {
  readonly name: string;
  readonly place: Place;
}

function reportTwice(kind: string, second: Defined, first: Defined, problems: Problems): void {
  problems.add({
    code: 'defined-twice',
    message: `${kind} '${second.name.replace(/^probe\./, '')}' is defined twice`,
    hint: kind === 'param' ? 'define it in the file that includes both' : 'rename one of them',
    location: locationOf(second.place),
    related: [{ message: 'first defined here', location: locationOf(first.place) }],
  });
}
