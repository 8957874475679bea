import { isMap, parseDocument, type Document, type Node as YamlNode } from 'yaml';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { SourceFile, Span } from './source-file.ts';
import type { Entry, MapTree, Tree } from './tree.ts';
import { TreeBuilder } from './tree-builder.ts';
import { follows, syntaxDiagnostic, tooDeep } from './yaml-mistakes.ts';
import { cut, PIECE_LENGTH } from './yaml-pieces.ts';
import type { Part, Piece } from './yaml-pieces.ts';

/** Parses one YAML document; every problem found is reported, and `tree` is absent if there was any. */
export function parseYaml(
  file: SourceFile,
  pieceLength = PIECE_LENGTH,
): {
  readonly tree?: Tree;
  readonly diagnostics: readonly Diagnostic[];
} {
  const parts = cut(file.text, pieceLength);
  const whole = parts && inParts(file, parts);
  if (whole !== undefined) return { tree: whole, diagnostics: [] };
  const document = parsed(file.text);
  const diagnostics: Diagnostic[] = [];
  for (const error of document.errors) {
    const span = { start: error.pos[0], end: error.pos[1] };
    // Nested so deep that the parser runs out of stack.
    if (/call stack/i.test(error.message)) return { diagnostics: [tooDeep(file, span)] };
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

function parsed(text: string): Document.Parsed {
  return parseDocument(text, {
    version: '1.2',
    prettyErrors: false,
    uniqueKeys: true,
    keepSourceTokens: false,
    // Of several documents only 'silent' says nothing.
    logLevel: 'error',
  });
}

/**
 * The same tree as of the whole file, but only a piece of it is held as the parser's nodes at a time.
 * undefined: something is wrong in it, or concerns more than one piece; parse the whole to learn what.
 */
function inParts(file: SourceFile, parts: readonly Part[]): MapTree | undefined {
  const entries = new Map<string, Entry>();
  const spans: Span[] = [];
  for (const part of parts) {
    if (part.kind === 'entries') {
      const tree = inPieces(file, [part.piece], 0);
      if (tree === undefined) return undefined;
      for (const entry of tree.entries.values()) {
        if (entries.has(entry.key)) return undefined;
        entries.set(entry.key, entry);
      }
      if (tree.entries.size > 0) spans.push(tree.span);
      continue;
    }
    const key = file.text.slice(part.key.start, part.key.end);
    const value = inPieces(file, part.pieces, 1);
    if (value === undefined || entries.has(key)) return undefined;
    entries.set(key, { key, keySpan: part.key, value });
    spans.push({ start: part.key.start, end: value.span.end });
  }
  return { kind: 'map', entries, span: around(spans) };
}

/** `depth`: of the mapping that the pieces are. */
function inPieces(file: SourceFile, pieces: readonly Piece[], depth: number): MapTree | undefined {
  const entries = new Map<string, Entry>();
  const spans: Span[] = [];
  for (const piece of pieces) {
    const document = parsed(file.text.slice(piece.start, piece.end));
    if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
    const contents = document.contents as YamlNode | null;
    // Comments alone.
    if (contents === null) continue;
    if (!isMap(contents) || contents.flow === true || contents.anchor !== undefined)
      return undefined;
    const builder = new TreeBuilder(file, document, piece.start);
    const tree = builder.build(contents, depth);
    if (builder.isEntangled || builder.diagnostics.length > 0 || tree.kind !== 'map') {
      return undefined;
    }
    for (const entry of tree.entries.values()) {
      if (entries.has(entry.key)) return undefined;
      entries.set(entry.key, entry);
    }
    spans.push(tree.span);
  }
  return { kind: 'map', entries, span: around(spans) };
}

function around(spans: readonly Span[]): Span {
  return { start: spans[0]?.start ?? 0, end: spans.at(-1)?.end ?? 1 };
}
