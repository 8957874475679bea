import { Graph, layout } from '@dagrejs/dagre';
import type { Dag } from '../../pipeline/dag.ts';
import { graphOf } from '../../report/graph.ts';
import type { StageEdge, StageGraph, StageNode } from './page.ts';

const NODE_HEIGHT = 40;
/** The maximum width of a character of a node's name, and the space around the name, in pixels. */
const CHARACTER = 8;
const PADDING = 36;
/** The margin of the picture. */
const MARGIN = 8;
/** With more nodes, dagre's default ranking takes seconds. */
const LARGE = 150;

interface Line {
  readonly from: string;
  readonly to: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Lays out the Dag from top to bottom, with one node per stage. */
export function layoutStages(dag: Dag): StageGraph {
  const { nodes, edges } = graphOf(dag, false);
  const graph = new Graph();
  const ranker = nodes.length > LARGE ? 'longest-path' : 'network-simplex';
  graph.setGraph({
    rankdir: 'TB',
    nodesep: 18,
    ranksep: 34,
    marginx: MARGIN,
    marginy: MARGIN,
    ranker,
  });
  for (const { name, count } of nodes) {
    const characters = name.length + (count > 1 ? String(count).length + 2 : 0);
    graph.setNode(name, { width: characters * CHARACTER + PADDING, height: NODE_HEIGHT });
  }
  for (const { from, to } of edges) if (from !== to) graph.setEdge(from, to, {});
  layout(graph);
  const about = new Map(dag.instances.map(({ stage, description }) => [stage, description]));
  const { width, height } = graph.graph();
  const lines: readonly Line[] = graph.edges().map(({ v, w }: { v: string; w: string }): Line => {
    const points = graph.edge(v, w).points as readonly { x: number; y: number }[];
    return { from: v, to: w, points };
  });
  // The size that dagre gives does not include edges around the outermost nodes.
  const ends = lines.flatMap(({ points }) => points.map(({ x }) => x));
  const shift = MARGIN - ends.reduce((least, x) => Math.min(least, x), MARGIN);
  const right = ends.reduce((most, x) => Math.max(most, x + MARGIN), width ?? 0);
  return {
    width: Math.ceil(right + shift),
    height: Math.ceil(height ?? 0),
    nodes: nodes.map(({ name, count, probe }): StageNode => {
      const box = graph.node(name) as Record<'x' | 'y' | 'width' | 'height', number>;
      const description = about.get(name);
      return {
        stage: name,
        ...(description !== undefined && { description }),
        probe,
        count,
        x: round(box.x + shift),
        y: round(box.y),
        width: box.width,
        height: box.height,
      };
    }),
    edges: lines.map(({ from, to, points }): StageEdge => {
      return { from, to, points: points.map(({ x, y }) => [round(x + shift), round(y)] as const) };
    }),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
