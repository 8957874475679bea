import { SourceMap } from 'node:module';
import { parse, parseExpressionAt } from 'acorn';
import type {
  AnyNode,
  CallExpression,
  Expression,
  NewExpression,
  Program,
  SpreadElement,
} from 'acorn';
import { simple } from 'acorn-walk';
import type { Json } from '../core/json.ts';

// What a bundle loads at run time past the bundler, found in the bundle itself: there TypeScript is gone,
// dead code too, and every position leads back through the source map. This file alone imports acorn.

export interface Load {
  readonly what: 'import' | 'url' | 'worker' | 'require';
  /** Absent where it is computed. */
  readonly target?: string;
  /** As the source map names it: relative to the bundle's folder. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** `code` is an ES module as esbuild writes it; `map` its source map's text. */
export function findLoads(code: string, map: string): readonly Load[] {
  const loads: Load[] = [];
  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  const sourceMap = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  const { requires, workers } = findNames(tree);

  const add = (what: Load['what'], node: AnyNode, argument: Expression | SpreadElement): void => {
    const start = node.loc?.start ?? { line: 1, column: 0 };
    const entry = sourceMap.findEntry(start.line - 1, start.column);
    const target = literalText(argument);
    loads.push({
      what,
      ...(target === undefined ? {} : { target }),
      source: 'originalSource' in entry ? entry.originalSource : '',
      line: ('originalLine' in entry ? entry.originalLine : 0) + 1,
      column: ('originalColumn' in entry ? entry.originalColumn : 0) + 1,
    });
  };

  simple(tree, {
    ImportExpression(node) {
      if (literalText(node.source) === undefined) add('import', node, node.source);
    },
    NewExpression(node) {
      const [first, second] = node.arguments;
      const name = calleeName(node);
      if (first === undefined || name === undefined) return;
      if (name === 'URL' && second !== undefined && isImportMetaUrl(second))
        add('url', node, first);
      // `new Worker(new URL(…))` is found as the URL that it holds.
      if (workers.has(name) && first.type !== 'NewExpression') add('worker', node, first);
    },
    CallExpression(node) {
      const [first] = node.arguments;
      if (first !== undefined && isRequire(node, requires)) add('require', node, first);
    },
  });
  return loads;
}

/** What the bundle calls `createRequire(…)` and `Worker`: a function may use a name that a later line makes. */
function findNames(tree: Program): {
  readonly requires: ReadonlySet<string>;
  readonly workers: ReadonlySet<string>;
} {
  const requires = new Set(['__require']);
  const workers = new Set(['Worker']);
  simple(tree, {
    VariableDeclarator({ id, init }) {
      if (id.type !== 'Identifier') return;
      if (id.name === 'Worker') workers.delete('Worker');
      if (init?.type === 'CallExpression' && isCreateRequire(init)) {
        requires.add(id.name);
      }
    },
    ClassDeclaration({ id }) {
      // The project's own class, which happens to have that name.
      if (id?.name === 'Worker') workers.delete('Worker');
    },
    ImportDeclaration({ source, specifiers }) {
      if (!/^(node:)?worker_threads$/.test(String(source.value))) return;
      for (const { type, local } of specifiers)
        if (type === 'ImportSpecifier') workers.add(local.name);
    },
  });
  return { requires, workers };
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
function isRequire(node: CallExpression, names: ReadonlySet<string>): boolean {
  const { callee } = node;
  if (callee.type === 'Identifier') return names.has(callee.name);
  if (callee.type === 'CallExpression') return isCreateRequire(callee);
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false;
  if (callee.property.name !== 'resolve') return false;
  const { object } = callee;
  return (
    (object.type === 'Identifier' && names.has(object.name)) ||
    (object.type === 'CallExpression' && isCreateRequire(object)) ||
    object.type === 'MetaProperty'
  );
}

/** esbuild may have numbered the name. */
function isCreateRequire(node: CallExpression): boolean {
  return calleeName(node)?.startsWith('createRequire') === true;
}

function isImportMetaUrl(node: AnyNode): boolean {
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'MetaProperty' &&
    node.property.type === 'Identifier' &&
    node.property.name === 'url'
  );
}
