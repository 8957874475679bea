import { Graph, layout } from '@dagrejs/dagre';
import type { Dag } from '../../pipeline/dag.ts';
import { graphOf } from '../../report/graph.ts';
import type { StageEdge, StageGraph, StageNode } from './page.ts';

const NODE_HEIGHT = 40;
/** Pixels that a character of a node's name takes at most, and the room around the name. */
const CHARACTER = 8;
const PADDING = 36;
/** Around the picture. */
const MARGIN = 8;
/** dagre's standard ranking takes seconds above it. */
const LARGE = 150;

interface Line {
  readonly from: string;
  readonly to: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** The Dag with a node a stage, from top to bottom. */
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
  // dagre's own picture leaves out edges that go round the outermost nodes.
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
