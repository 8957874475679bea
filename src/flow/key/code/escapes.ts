import { SourceMap } from 'node:module';
import { parse, parseExpressionAt } from 'acorn';
import type { AnyNode, CallExpression, Expression, NewExpression, Program } from 'acorn';
import { simple } from 'acorn-walk';
import type { Json } from '../../core/json.ts';

// Finds the files that a bundle loads at run time. It searches the bundle itself, which contains no
// TypeScript and no dead code; the source map leads back to the sources. Only this file imports
// acorn.

export interface Load {
  readonly what: 'import' | 'url' | 'worker' | 'require';
  /** Missing if it is computed. */
  readonly target?: string;
  /** The path in the source map, relative to the folder of the bundle. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** A bundle without these words needs no parsing; most have none of them. */
const SUSPECT = /\bimport\s*\(|\bimport\.meta\b|\bWorker\b|[rR]equire\b/;

/** `code` is an ES module as esbuild writes it; `map` its source map's text. */
export function findLoads(code: string, map: string): readonly Load[] {
  if (!SUSPECT.test(code)) return [];
  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
  const found = findCalls(tree);
  if (found.length === 0) return [];
  const sourceMap = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  return found.map(({ what, node, argument }) => {
    const before = code.slice(0, node.start);
    const column = node.start - (before.lastIndexOf('\n') + 1);
    const entry = sourceMap.findEntry(before.split('\n').length - 1, column);
    const target = literalText(argument);
    return {
      what,
      ...(target === undefined ? {} : { target }),
      source: 'originalSource' in entry ? entry.originalSource : '',
      line: ('originalLine' in entry ? entry.originalLine : 0) + 1,
      column: ('originalColumn' in entry ? entry.originalColumn : 0) + 1,
    };
  });
}

interface Call {
  readonly what: Load['what'];
  readonly node: AnyNode;
  readonly argument: AnyNode;
}

function findCalls(tree: Program): readonly Call[] {
  const names = findImportedNames(tree);
  const calls: Call[] = [];
  // Known only at the end, because a function can use a name that a later line defines.
  const makers: CallExpression[] = [];
  simple(tree, {
    ImportExpression(node) {
      if (literalText(node.source) !== undefined) return;
      calls.push({ what: 'import', node, argument: node.source });
    },
    NewExpression(node) {
      const [argument, base] = node.arguments;
      const name = calleeName(node);
      if (argument === undefined || name === undefined) return;
      if (name === 'URL' && base !== undefined && isImportMetaUrl(base)) {
        calls.push({ what: 'url', node, argument });
      }
      // `new Worker(new URL(…))` is reported for its URL.
      if (names.workers.has(name) && argument.type !== 'NewExpression') {
        calls.push({ what: 'worker', node, argument });
      }
    },
    VariableDeclarator({ id, init }) {
      if (id.type !== 'Identifier') return;
      if (init?.type === 'CallExpression' && names.makesRequire(init)) names.requires.add(id.name);
      // A class of the project; in a bundle it is `var Worker = class { … }`.
      if (id.name === 'Worker') names.own.add('Worker');
    },
    ClassDeclaration({ id }) {
      if (id?.name === 'Worker') names.own.add('Worker');
    },
    CallExpression(node) {
      makers.push(node);
    },
  });
  for (const node of makers) {
    const [argument] = node.arguments;
    if (argument !== undefined && isRequire(node, names)) {
      calls.push({ what: 'require', node, argument });
    }
  }
  return calls.filter(({ what, node }) => {
    return what !== 'worker' || !names.own.has(calleeName(node as NewExpression) ?? '');
  });
}

/** The names in the bundle for functions that load. */
interface Names {
  readonly workers: Set<string>;
  readonly requires: Set<string>;
  readonly own: Set<string>;
  makesRequire(node: CallExpression): boolean;
}

function findImportedNames({ body }: Program): Names {
  const workers = new Set(['Worker']);
  const makers = new Set(['createRequire']);
  for (const node of body) {
    if (node.type !== 'ImportDeclaration') continue;
    for (const specifier of node.specifiers) {
      if (specifier.type !== 'ImportSpecifier' || specifier.imported.type !== 'Identifier')
        continue;
      if (specifier.imported.name === 'Worker') workers.add(specifier.local.name);
      if (specifier.imported.name === 'createRequire') makers.add(specifier.local.name);
    }
  }
  return {
    workers,
    requires: new Set(['__require']),
    own: new Set(),
    makesRequire: (node) => makers.has(calleeName(node) ?? ''),
  };
}

/** `f` of `f(…)` and of `module.f(…)`. */
function calleeName({ callee }: CallExpression | NewExpression): string | undefined {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return undefined;
  return callee.property.name;
}

/** JSON with comments and trailing commas, as tsconfig.json is written. Throws on anything else. */
export function parseJsonWithComments(text: string): Json {
  return evaluate(parseExpressionAt(`(${text}\n)`, 0, { ecmaVersion: 'latest' }));
}

function evaluate(node: Expression): Json {
  switch (node.type) {
    case 'Literal':
      return node.value as Json;
    case 'ArrayExpression':
      return node.elements.map((item) => {
        if (item === null || item.type === 'SpreadElement') throw new Error('not JSON');
        return evaluate(item);
      });
    case 'ObjectExpression':
      return Object.fromEntries(
        node.properties.map((member) => {
          if (member.type !== 'Property' || member.key.type !== 'Literal')
            throw new Error('not JSON');
          return [String(member.key.value), evaluate(member.value)];
        }),
      );
    case 'ParenthesizedExpression':
      return evaluate(node.expression);
    default:
      throw new Error(`not JSON: ${node.type}`);
  }
}

function literalText(node: AnyNode): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) {
    return node.quasis[0]?.value.cooked ?? undefined;
  }
  return undefined;
}

/** `require(x)`, `require.resolve(x)`, `createRequire(…)(x)` and `import.meta.resolve(x)`. */
function isRequire(node: CallExpression, names: Names): boolean {
  const { callee } = node;
  if (callee.type === 'Identifier') return names.requires.has(callee.name);
  if (callee.type === 'CallExpression') return names.makesRequire(callee);
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false;
  if (callee.property.name !== 'resolve') return false;
  const { object } = callee;
  return (
    (object.type === 'Identifier' && names.requires.has(object.name)) ||
    (object.type === 'CallExpression' && names.makesRequire(object)) ||
    object.type === 'MetaProperty'
  );
}

function isImportMetaUrl(node: AnyNode): boolean {
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'MetaProperty' &&
    node.property.type === 'Identifier' &&
    node.property.name === 'url'
  );
}
