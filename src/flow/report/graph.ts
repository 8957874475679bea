import type { Dag, Instance } from '../pipeline/dag.ts';
import { needsOf } from '../pipeline/needs.ts';

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface GraphNode {
  readonly name: string;
  /** The number of its instances. */
  readonly count: number;
  readonly probe: boolean;
}

/** The stages with their inputs, or all instances, in topological order. */
export function graphOf(dag: Dag, instances: boolean): Graph {
  const name = (instance: Instance): string => (instances ? instance.id : instance.stage);
  const byId = new Map(dag.instances.map((instance) => [instance.id, instance]));
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, { from: string; to: string }>();
  for (const instance of dag.instances) {
    const to = name(instance);
    const count = (nodes.get(to)?.count ?? 0) + 1;
    nodes.set(to, { name: to, count, probe: instance.probe });
    for (const id of needsOf(instance)) {
      const maker = byId.get(id);
      if (!maker) continue;
      const from = name(maker);
      edges.set(`${from}\0${to}`, { from, to });
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

/** One line per node, with its inputs: `select (×18)  <- score-ce, split`. */
export function graphText(graph: Graph): string[] {
  const reads = new Map<string, string[]>();
  for (const { from, to } of graph.edges) {
    const known = reads.get(to);
    if (known === undefined) reads.set(to, [from]);
    else known.push(from);
  }
  return graph.nodes.map((node) => {
    const from = reads.get(node.name);
    return from ? `${label(node)}  <- ${from.join(', ')}` : label(node);
  });
}

export function graphMermaid(graph: Graph): string[] {
  const id = numbered(graph);
  return [
    'flowchart TD',
    ...graph.nodes.map((node) => {
      const text = `"${label(node).replaceAll('"', '#quot;')}"`;
      return `  ${id(node.name)}${node.probe ? `([${text}])` : `[${text}]`}`;
    }),
    ...graph.edges.map(({ from, to }) => `  ${id(from)} --> ${id(to)}`),
  ];
}

export function graphDot(dag: Dag, graph: Graph): string[] {
  const id = numbered(graph);
  return [
    `digraph ${quoted(dag.name)} {`,
    '  node [shape=box];',
    ...graph.nodes.map((node) => {
      const shape = node.probe ? ', shape=ellipse' : '';
      return `  ${id(node.name)} [label=${quoted(label(node))}${shape}];`;
    }),
    ...graph.edges.map(({ from, to }) => `  ${id(from)} -> ${id(to)};`),
    '}',
  ];
}

function label({ name, count }: GraphNode): string {
  return count > 1 ? `${name} (×${count})` : name;
}

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

/** Names can contain characters that are syntax in mermaid. */
function numbered(graph: Graph): (name: string) => string {
  const ids = new Map(graph.nodes.map((node, i) => [node.name, `n${i}`]));
  return (name) => ids.get(name) ?? name;
}
