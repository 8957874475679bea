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
export function parseYaml(file: SourceFile): {
  readonly tree?: Tree;
  readonly diagnostics: readonly Diagnostic[];
} {
  const document = parseDocument(file.text, {
    version: '1.2',
    prettyErrors: false,
    uniqueKeys: true,
    keepSourceTokens: false,
    // Of several documents only 'silent' says nothing.
    logLevel: 'error',
  });
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

/** What the parser says of the same line, or of the next one, mostly follows from what it stumbled on. */
function follows({ code, location }: Diagnostic, before: Diagnostic | undefined): boolean {
  if (before === undefined || code === 'duplicate-key') return false;
  return (location?.line ?? 0) <= (before.location?.line ?? 0) + 1;
}

function syntaxDiagnostic(file: SourceFile, code: string, message: string, span: Span): Diagnostic {
  const location = file.at(span);
  const line = location.text ?? '';
  if (code === 'DUPLICATE_KEY') {
    const key = /^\s*-?\s*["']?([^:"']+)/.exec(line.slice(location.column - 1))?.[1] ?? '';
    return {
      code: 'duplicate-key',
      message: `'${key.trim()}' is written twice in one mapping`,
      hint: KEEP_ONE,
      location,
    };
  }
  const told = syntaxHint(code, message, line, location.column);
  return { ...told, location };
}

const KEEP_ONE = 'keep one of them: the other would be lost';

const syntax = (message: string, hint: string) => ({ code: 'yaml-syntax', message, hint });

/** What the parser's word for it most often means. */
function syntaxHint(
  code: string,
  message: string,
  line: string,
  column: number,
): Omit<Diagnostic, 'location'> {
  if (/^\s*\t/.test(line)) {
    return { code: 'bad-indentation', message: 'a tab indents this line', hint: 'YAML is indented by spaces' }; // prettier-ignore
  }
  const unclosed =
    /flow (map|seq|collection).* end with an? ([\]}])/i.exec(message)?.[2] ??
    /missing closing (['"])/i.exec(message)?.[1];
  if (unclosed !== undefined) {
    const what = /[\]}]/.test(unclosed) ? 'a bracket' : 'a quote';
    return syntax(
      `${what} that opened above is not closed before this place`,
      `a ${unclosed} is missing at its end`,
    );
  }
  const rest = line.slice(column - 1);
  const [, key = '', value = ''] = /^\s*(?:- )?([\w-]+): +(.*?: .*)$/.exec(line) ?? [];
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && value !== '') {
    return syntax(
      "a text holds ': ', which begins a mapping",
      `quote it: ${key}: '${value.replaceAll("'", "''")}'`,
    );
  }
  if (/Implicit map keys need/i.test(message) && /^[\w-]+:?\S*\s*$/.test(rest)) {
    return syntax(
      `'${rest.trim()}' is no key and value`,
      'a colon and a space follow a key: KEY: VALUE',
    );
  }
  if (
    code === 'BAD_INDENT' ||
    /indent|same column|Implicit map key|Nested mappings/i.test(message)
  ) {
    return {
      code: 'bad-indentation',
      message: `the indentation does not fit: ${lowerFirst(message)}`,
      hint: 'keys of one mapping begin in one column, what belongs to a key is indented deeper',
    };
  }
  if (code === 'MULTIPLE_DOCS') {
    const hint = 'a file holds one pipeline: leave out the line ---, or make two files';
    return syntax('a second document begins here', hint);
  }
  return syntax(`not YAML: ${lowerFirst(message)}`, syntaxHints[code] ?? QUOTE);
}

const QUOTE = 'put a text that holds : # { } [ ] , & * ! | > % @ or ` into quotes';

/** By the parser's codes. */
const syntaxHints: Readonly<Record<string, string>> = {
  BAD_SCALAR_START: 'put the text into quotes: it begins with a sign that YAML keeps for itself',
  BAD_DQ_ESCAPE: 'in double quotes \\ begins an escape: use single quotes, or write \\\\',
  BLOCK_IN_FLOW: "a comma is missing before this place, or a text that holds ': ' needs quotes",
  MISSING_CHAR: 'a comma is missing before this place; a text with ${…} in a list needs quotes',
  UNEXPECTED_TOKEN:
    'a bracket or a quote ended before this place: a quote in a quoted text is doubled, and a space follows the colon of a key',
};

function tooDeep(file: SourceFile, span: Span): Diagnostic {
  const message = 'aliases or nesting blow this file up beyond reason';
  const hint = 'write the values out, or use params';
  return { code: 'alias-bomb', message, hint, location: file.at(span) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

class TreeBuilder {
  readonly diagnostics: Diagnostic[] = [];
  readonly #file: SourceFile;
  readonly #document: Document.Parsed;
  #budget: number;

  constructor(file: SourceFile, document: Document.Parsed) {
    this.#file = file;
    this.#document = document;
    this.#budget = 1000 + file.text.length * MAX_NODES_PER_CHARACTER;
  }

  build(node: YamlNode | null, depth: number): Tree {
    const span = spanOf(node);
    if (--this.#budget < 0 || depth > MAX_DEPTH) {
      if (!this.diagnostics.some((d) => d.code === 'alias-bomb')) {
        this.diagnostics.push(tooDeep(this.#file, span));
      }
      return { kind: 'scalar', value: null, span };
    }
    if (node === null) return { kind: 'scalar', value: null, span };
    if (isAlias(node)) {
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
      const keySpan = spanOf(pair.key);
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
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    const message = 'this value is of a type that a pipeline cannot hold';
    this.#report('yaml-syntax', message, span, 'quote it if it is a text');
    return null;
  }

  #report(code: string, message: string, span: Span, hint: string): void {
    this.diagnostics.push({ code, message, hint, location: this.#file.at(span) });
  }
}

function spanOf(node: YamlNode | null): Span {
  const range = node?.range;
  return range ? { start: range[0], end: range[1] } : { start: 0, end: 1 };
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
