import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Alias,
  type Document,
  type Node as YamlNode,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { SourceFile, Span } from './source-file.ts';
import { cut, PIECE_LENGTH } from './yaml-pieces.ts';
import type { Part, Piece } from './yaml-pieces.ts';
import { follows, KEEP_ONE, syntaxDiagnostic, tooDeep } from './yaml-mistakes.ts';

// A YAML document as plain data with positions: aliases resolved, keys strings, every number exact.

export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  readonly span: Span;
}

export interface ListTree {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly span: Span;
}

export interface MapTree {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly span: Span;
}

export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Tree;
}

/** More nodes than this per character of text can only come from aliases of aliases. */
const MAX_NODES_PER_CHARACTER = 4;
const MAX_DEPTH = 100;

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
    const message = `a tag (${file.text.slice(...pos)}) means nothing here`;
    const hint = 'values are texts, numbers, true, false, null, lists and mappings: leave it out';
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

class TreeBuilder {
  readonly diagnostics: Diagnostic[] = [];
  readonly #file: SourceFile;
  readonly #document: Document.Parsed;
  /** Where the document begins in the file. */
  readonly #base: number;
  /** It has an alias, which may mean a value elsewhere. */
  isEntangled = false;
  #budget: number;

  constructor(file: SourceFile, document: Document.Parsed, base = 0) {
    this.#file = file;
    this.#document = document;
    this.#base = base;
    this.#budget = 1000 + file.text.length * MAX_NODES_PER_CHARACTER;
  }

  build(node: YamlNode | null, depth: number): Tree {
    const span = this.#span(node);
    if (--this.#budget < 0 || depth > MAX_DEPTH) {
      if (!this.diagnostics.some((d) => d.code === 'alias-bomb')) {
        this.diagnostics.push(tooDeep(this.#file, span));
      }
      return { kind: 'scalar', value: null, span };
    }
    if (node === null) return { kind: 'scalar', value: null, span };
    if (isAlias(node)) {
      this.isEntangled = true;
      const target = (node as Alias).resolve(this.#document) as YamlNode | undefined;
      if (target !== undefined) return this.build(target, depth + 1);
      const { source } = node as Alias;
      const message = `'*${source}' repeats nothing: no '&${source}' stands above it`;
      this.#report('unknown-anchor', message, span, `write &${source} where it is first written`);
      return { kind: 'scalar', value: null, span };
    }
    if (isMap(node)) return this.#map(node as YAMLMap, span, depth);
    if (isSeq(node)) {
      const items = (node as YAMLSeq).items.map((item) => this.build(item as YamlNode, depth + 1));
      return { kind: 'list', items, span };
    }
    return { kind: 'scalar', value: this.#scalar(node as Scalar, span), span };
  }

  #map(node: YAMLMap, span: Span, depth: number): MapTree {
    const entries = new Map<string, Entry>();
    for (const pair of node.items as Pair<YamlNode, YamlNode | null>[]) {
      const keySpan = this.#span(pair.key);
      const raw = isScalar(pair.key) ? (pair.key as Scalar).value : undefined;
      if (raw === undefined || raw === null || typeof raw === 'object') {
        const hint = 'write NAME: VALUE, and quotes around a text that holds { or [';
        this.#report('bad-key', 'a key must be plain text', keySpan, hint);
        continue;
      }
      const key = String(raw as string | number | boolean);
      if (key === '__proto__') {
        this.#report('bad-key', "'__proto__' cannot be a name", keySpan, 'choose another one');
        continue;
      }
      if (entries.has(key)) {
        this.#report(
          'duplicate-key',
          `'${key}' is written twice in one mapping`,
          keySpan,
          KEEP_ONE,
        );
        continue;
      }
      const value = this.build(pair.value, depth + 1);
      // An empty value has no place of its own: point at its key.
      const placed = pair.value === null ? { ...value, span: keySpan } : value;
      entries.set(key, { key, keySpan, value: placed });
    }
    return { kind: 'map', entries, span };
  }

  #scalar(node: Scalar, span: Span): ScalarTree['value'] {
    const value = node.value;
    if (typeof value === 'number') {
      const source = node.source ?? String(value);
      if (!Number.isFinite(value)) {
        const message = `'${source}' is no finite number`;
        this.#report('not-a-number', message, span, 'quote it if it is a text');
      } else if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(source)) {
        const hint = `quote it ("${source}") if it is a name or an id`;
        this.#report('unsafe-integer', `${source} is too large to be read exactly`, span, hint);
      }
      return value;
    }
    // A quoted text comes as a chain of its characters, thirty bytes each, until one of them is asked for.
    if (typeof value === 'string') return Number.isNaN(value.charCodeAt(0)) ? '' : value;
    if (value === null || typeof value === 'boolean') return value;
    const message = 'this value is of a type that a pipeline cannot hold';
    this.#report('yaml-syntax', message, span, 'quote it if it is a text');
    return null;
  }

  #span(node: YamlNode | null): Span {
    const range = node?.range;
    if (!range) return { start: 0, end: 1 };
    return { start: this.#base + range[0], end: this.#base + range[1] };
  }

  #report(code: string, message: string, span: Span, hint: string): void {
    this.diagnostics.push({ code, message, hint, location: this.#file.at(span) });
  }
}

/** The data alone. Maps have no prototype, so that no key can mean something to JavaScript. */
export function plain(tree: Tree): Json {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plain);
    case 'map': {
      const object = Object.create(null) as Record<string, Json>;
      for (const [key, entry] of tree.entries) object[key] = plain(entry.value);
      return object as JsonObject;
    }
  }
}

/** Follows keys and indices; undefined where there is nothing. */
export function child(
  tree: Tree | undefined,
  ...path: readonly (string | number)[]
): Tree | undefined {
  let at = tree;
  for (const step of path) {
    if (at?.kind === 'map') at = at.entries.get(String(step))?.value;
    else if (at?.kind === 'list') at = at.items[Number(step)];
    else return undefined;
  }
  return at;
}
