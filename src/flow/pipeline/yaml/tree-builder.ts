import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node as YamlNode,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Diagnostic } from '../../core/diagnostic.ts';
import type { SourceFile, Span } from '../source-file.ts';
import type { Entry, MapTree, ScalarTree, Tree } from './tree.ts';
import { losesZeros } from './written-numbers.ts';
import { KEEP_ONE, tooDeep } from './yaml-mistakes.ts';

/** More nodes per character than this can only come from aliases of aliases. */
const MAX_NODES_PER_CHARACTER = 4;
const MAX_DEPTH = 100;

/** Converts the nodes of the parser to a tree; reports what a pipeline cannot contain. */
export class TreeBuilder {
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
    const span = this.#span(node);
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
      const message = `'*${source}' has no anchor: there is no '&${source}' before it`;
      this.#report(
        'unknown-anchor',
        message,
        span,
        `write &${source} before the value that it repeats`,
      );
      return { kind: 'scalar', value: null, span };
    }
    if (isMap(node)) return this.#map(node as YAMLMap, span, depth);
    if (isSeq(node)) {
      const items = (node as YAMLSeq).items.map((item) => this.build(item as YamlNode, depth + 1));
      return { kind: 'list', items, span };
    }
    const value = this.#scalar(node as Scalar, span);
    if (typeof value !== 'number') return { kind: 'scalar', value, span };
    const { source = '' } = node as Scalar;
    const fractional = /^[^x]*[.e]/i.test(source);
    const written = losesZeros(source) ? source : undefined;
    return {
      kind: 'scalar',
      value,
      span,
      ...(fractional && { fractional }),
      ...(written !== undefined && { written }),
    };
  }

  #map(node: YAMLMap, span: Span, depth: number): MapTree {
    const entries = new Map<string, Entry>();
    for (const pair of node.items as Pair<YamlNode, YamlNode | null>[]) {
      const keySpan = this.#span(pair.key);
      const raw = isScalar(pair.key) ? (pair.key as Scalar).value : undefined;
      if (raw === undefined || raw === null || typeof raw === 'object') {
        const hint = 'write NAME: VALUE, and put a string that contains { or [ into quotes';
        this.#report('bad-key', 'a key must be a plain string', keySpan, hint);
        continue;
      }
      const key = String(raw as string | number | boolean);
      if (key === '__proto__') {
        this.#report('bad-key', "'__proto__' cannot be a name", keySpan, 'choose another name');
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
      // An empty value has no position, so point at its key.
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
        const message = `'${source}' is not a finite number`;
        this.#report('not-a-number', message, span, 'put it into quotes if it is a string');
      } else if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(source)) {
        const hint = `put it into quotes ("${source}") if it is a name or an id`;
        this.#report('unsafe-integer', `${source} is too large for an exact integer`, span, hint);
      }
      return value;
    }
    // V8 keeps a quoted string as a chain of its characters, thirty bytes each, until somebody
    // reads one of them.
    if (typeof value === 'string') return Number.isNaN(value.charCodeAt(0)) ? '' : value;
    if (value === null || typeof value === 'boolean') return value;
    const message = 'a pipeline cannot contain a value of this type';
    this.#report('yaml-syntax', message, span, 'put it into quotes if it is a string');
    return null;
  }

  #span(node: YamlNode | null): Span {
    const range = node?.range;
    if (!range) return { start: 0, end: 1 };
    return { start: range[0], end: range[1] };
  }

  #report(code: string, message: string, span: Span, hint: string): void {
    this.diagnostics.push({ code, message, hint, location: this.#file.at(span) });
  }
}
