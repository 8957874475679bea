import { parseDocument, type Node as YamlNode } from 'yaml';
import type { Diagnostic } from '../../core/diagnostic.ts';
import type { SourceFile } from '../source-file.ts';
import type { Tree } from './tree.ts';
import { TreeBuilder } from './tree-builder.ts';
import { follows, syntaxDiagnostic, tooDeep } from './yaml-mistakes.ts';

/** Parses one YAML document and reports every problem. `tree` is missing if there is one. */
export function parseYaml(file: SourceFile): {
  readonly tree?: Tree;
  readonly diagnostics: readonly Diagnostic[];
} {
  const document = parseDocument(file.text, {
    version: '1.2',
    prettyErrors: false,
    uniqueKeys: true,
    keepSourceTokens: false,
    // Only 'silent' accepts several documents without an error.
    logLevel: 'error',
  });
  const diagnostics: Diagnostic[] = [];
  for (const error of document.errors) {
    const span = { start: error.pos[0], end: error.pos[1] };
    // The nesting is so deep that the parser exceeds its stack.
    if (/call stack/i.test(error.message)) return { diagnostics: [tooDeep(file, span)] };
    // The parser has lost its place, and stumbles over every line that follows.
    if (diagnostics.length > 0 && / in YAML stream/.test(error.message)) continue;
    const found = syntaxDiagnostic(file, error.code, error.message, span);
    if (!follows(found, diagnostics.at(-1))) diagnostics.push(found);
  }
  for (const { code, pos } of document.warnings) {
    if (code !== 'TAG_RESOLVE_FAILED') continue;
    const span = { start: pos[0], end: pos[1] };
    const message = `a pipeline cannot contain YAML tags (${file.text.slice(...pos)})`;
    const hint =
      'remove the tag: values are strings, numbers, true, false, null, lists and mappings';
    diagnostics.push({ code: 'yaml-syntax', message, hint, location: file.at(span) });
  }
  if (diagnostics.length > 0) return { diagnostics };
  const builder = new TreeBuilder(file, document);
  const tree = builder.build(document.contents as YamlNode | null, 0);
  return builder.diagnostics.length > 0
    ? { diagnostics: builder.diagnostics }
    : { tree, diagnostics: [] };
}
