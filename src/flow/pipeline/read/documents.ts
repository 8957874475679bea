import path from 'node:path';
import { noText, type ReadText } from './includes.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import type { Origin } from './param-links.ts';
import type { Problems } from './problems.ts';
import type { ResolvedParams } from './resolve-params.ts';
import { checkDocument, type ReadDocument } from '../yaml/check-document.ts';
import { SourceFile } from '../source-file.ts';
import type { PipelineSpec } from '../spec.ts';

// The YAML or JSON files that params name: checked against the JSON Schema of their param, and searched
// for the files that an input lists from them.

/** By the path as the param has it. */
export type Documents = ReadonlyMap<string, ReadDocument>;

export interface DocumentsPort {
  readonly root: string;
  readonly read: ReadText;
  /** The path of a file as a user writes it. */
  name(file: string): string;
}

/** Reads the file of every param of type path that has a schema. A file with mistakes is left out. */
export async function readDocuments(
  spec: PipelineSpec,
  { values, places }: ResolvedParams,
  port: DocumentsPort,
  problems: Problems,
): Promise<{ readonly documents: Documents; readonly files: readonly string[] }> {
  const documents = new Map<string, ReadDocument>();
  const files: string[] = [];
  const parsed = async (written: string, { place, what: set }: Origin, what: string) => {
    const at = path.resolve(port.root, written);
    const text = await port.read(at);
    if (typeof text !== 'string') {
      const hint = 'write a path relative to the root of the project';
      problems.at(place, 'no-file', `${noText(written, text, what)}${set}`, hint);
      return undefined;
    }
    if (!files.includes(at)) files.push(at);
    const file = new SourceFile(port.name(at), text);
    const { tree, diagnostics } = parseYaml(file);
    for (const diagnostic of diagnostics) problems.add(diagnostic);
    return tree === undefined ? undefined : { file, tree };
  };
  for (const param of spec.params.values()) {
    const { schema } = param;
    const written = values.get(param.name);
    if (schema === undefined || typeof written !== 'string') continue;
    const rules = await parsed(schema.value, { place: schema.place, what: '' }, 'JSON Schema');
    const set = places.get(param.name) ?? { place: param.place, what: '' };
    const document = await parsed(written, set, `file for param '${param.name}':`);
    if (rules === undefined || document === undefined) continue;
    const found = checkDocument(document, rules);
    for (const diagnostic of found) problems.add(diagnostic);
    if (found.length === 0) documents.set(written, document);
  }
  return { documents, files };
}
