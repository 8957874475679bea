import path from 'node:path';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { CodePlaces, Dag } from '../dag.ts';
import { readDocuments } from '../read/documents.ts';
import { loadSpec, noText, type ReadText } from '../read/includes.ts';
import { link } from './link.ts';
import { Problems } from '../read/problems.ts';
import { resolveParams } from '../read/resolve-params.ts';
import { locationOf, type PipelineSpec } from '../spec.ts';
import { StageTable } from './stage-table.ts';

export interface LoadRequest {
  /** Absolute, or relative to `cwd`. */
  readonly file: string;
  readonly cwd: string;
  /** The root of the project. Files outside it cannot be included. */
  readonly root: string;
  readonly read: ReadText;
  readonly overrides: {
    /** In order: a later one wins. */
    readonly profiles?: readonly string[];
    /** In order. Absolute, or relative to `cwd`. */
    readonly paramsFiles?: readonly string[];
    readonly set: readonly string[];
  };
  /** References to stages or instances; if empty, the targets of the file. */
  readonly targets: readonly string[];
}

export interface LoadedPipeline {
  readonly dag: Dag;
  readonly spec: PipelineSpec;
  /**
   * Absolute paths of all files that were read, so that a caller can remember the result by their
   * texts.
   */
  readonly files: readonly string[];
}

/** Text -> Dag. A pure function of the texts, the overrides and the targets; writes nothing. */
export async function loadPipeline(
  request: LoadRequest,
): Promise<Result<LoadedPipeline, readonly Diagnostic[]>> {
  const problems = new Problems();
  const name = (file: string): string => displayName(file, request.cwd);
  const file = path.resolve(request.cwd, request.file);
  const { spec, files } = await loadSpec(
    file,
    { root: request.root, read: request.read, name },
    problems,
  );
  if (spec === undefined) return err(problems.all);

  const { profiles = [], paramsFiles = [], set } = request.overrides;
  const read = [...files];
  const texts: { readonly name: string; readonly text: string }[] = [];
  for (const paramsFile of paramsFiles) {
    const at = path.resolve(request.cwd, paramsFile);
    const text = await request.read(at);
    if (typeof text !== 'string') {
      const message = noText(name(at), text, 'params file');
      problems.add({
        code: 'no-file',
        message,
        hint: 'give --params-file the path of a YAML or JSON file',
      });
    } else {
      texts.push({ name: name(at), text });
      read.push(at);
    }
  }
  const resolved = resolveParams(spec, { profiles, paramsFiles: texts, set }, problems);
  const { values, origins, places } = resolved;
  // A value that is not in its list would be reported again for every stage that uses it.
  if (problems.all.some(({ code }) => code === 'unknown-value')) return err(problems.all);
  const port = { root: request.root, read: request.read, name };
  const { documents, files: named } = await readDocuments(spec, resolved, port, problems);
  read.push(...named);
  const linked = link(
    new StageTable(spec, values, problems, { documents, set: places }),
    request.targets,
  );
  if (linked === undefined || problems.all.length > 0) return err(problems.all);
  const dag: Dag = {
    name: spec.name,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...linked,
    params: Object.fromEntries(values),
    codePlaces: codePlaces(spec),
    origins,
    ...(problems.notes.length > 0 && { notes: problems.notes }),
  };
  return ok({ dag, spec, files: read });
}

function codePlaces({ stages }: PipelineSpec): NonNullable<Dag['codePlaces']> {
  const found: Record<string, CodePlaces> = {};
  for (const [name, { command, code }] of stages) {
    const module = command.kind === 'ts' || command.kind === 'py' ? command.entry : undefined;
    if (module === undefined && code.length === 0) continue;
    found[name] = {
      ...(module !== undefined && { entry: locationOf(module.place) }),
      patterns: code.map(({ place }) => locationOf(place)),
    };
  }
  return found;
}

function displayName(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}
