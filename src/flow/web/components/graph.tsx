import { useRef, useState } from 'preact/hooks';
import { countStates, states } from './states.tsx';
import type { InstancePage, RunPage, StageEdge, StageNode } from '../model/page.ts';

interface View {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The size of the graph. A script sets it, or the style sheet of a report, whose policy forbids style attributes. */
export function graphSize({ width, height }: { readonly width: number; readonly height: number }) {
  return {
    minWidth: `${Math.min(width, 720)}px`,
    maxHeight: `${Math.min(height, 720)}px`,
    aspectRatio: `${width} / ${height}`,
  };
}

/** The pipeline's stages; the bar of a node shows the outcomes of its instances. Drag to move, buttons to zoom. */
export function Graph({
  page,
  onStage,
}: {
  readonly page: RunPage;
  readonly onStage: (stage: string) => void;
}) {
  const { graph } = page;
  const whole: View = { x: 0, y: 0, width: graph.width, height: graph.height };
  const [view, setView] = useState<View>(whole);
  const drag = useRef<{ x: number; y: number; view: View } | undefined>(undefined);
  const byStage = groupByStage(page.instances);
  const zoom = (factor: number): void => setView((from) => zoomed(from, factor));
  const move = (dx: number, dy: number): void =>
    setView((from) => ({ ...from, x: from.x + dx * from.width, y: from.y + dy * from.height }));
  return (
    <section id="graph" aria-labelledby="graph-title">
      <h2 id="graph-title">Stages</h2>
      <div class="tools needs-script" role="group" aria-label="Zoom">
        <button type="button" onClick={() => zoom(0.75)}>
          Zoom in
        </button>
        <button type="button" onClick={() => zoom(1 / 0.75)}>
          Zoom out
        </button>
        <button type="button" onClick={() => setView(whole)}>
          All
        </button>
      </div>
      <div class="scroll">
        <svg
          class="graph"
          tabIndex={0}
          role="group"
          aria-label={`${graph.nodes.length} stages; arrow keys move, + and - zoom`}
          viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`}
          ref={(svg) => {
            if (svg !== null) Object.assign(svg.style, graphSize(graph));
          }}
          onKeyDown={(event) => {
            const step = keys[event.key];
            if (step === undefined) return;
            event.preventDefault();
            if ('zoom' in step) zoom(step.zoom);
            else move(step.x, step.y);
          }}
          onPointerDown={(event) => {
            drag.current = { x: event.clientX, y: event.clientY, view };
          }}
          onPointerMove={(event) => {
            const from = drag.current;
            if (from === undefined || event.buttons === 0) return;
            const scale = from.view.width / event.currentTarget.clientWidth;
            const x = from.view.x - (event.clientX - from.x) * scale;
            const y = from.view.y - (event.clientY - from.y) * scale;
            setView({ ...from.view, x, y });
          }}
          onPointerUp={() => {
            drag.current = undefined;
          }}
          onWheel={(event) => {
            // Without Ctrl the page scrolls, as readers expect.
            if (!event.ctrlKey) return;
            event.preventDefault();
            zoom(event.deltaY < 0 ? 0.9 : 1 / 0.9);
          }}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0,0 L8,4 L0,8 z" class="arrow" />
            </marker>
          </defs>
          {graph.edges.map((edge) => (
            <Edge key={`${edge.from} ${edge.to}`} edge={edge} />
          ))}
          {graph.nodes.map((node) => (
            <Node
              key={node.stage}
              node={node}
              instances={byStage.get(node.stage) ?? []}
              onStage={onStage}
            />
          ))}
        </svg>
      </div>
    </section>
  );
}

const keys: Readonly<Record<string, { zoom: number } | { x: number; y: number }>> = {
  '+': { zoom: 0.75 },
  '-': { zoom: 1 / 0.75 },
  ArrowLeft: { x: -0.1, y: 0 },
  ArrowRight: { x: 0.1, y: 0 },
  ArrowUp: { x: 0, y: -0.1 },
  ArrowDown: { x: 0, y: 0.1 },
};

function groupByStage(
  instances: readonly InstancePage[],
): ReadonlyMap<string, readonly InstancePage[]> {
  const groups = new Map<string, InstancePage[]>();
  for (const instance of instances) {
    const group = groups.get(instance.stage);
    if (group === undefined) groups.set(instance.stage, [instance]);
    else group.push(instance);
  }
  return groups;
}

function zoomed(from: View, factor: number): View {
  const width = from.width * factor;
  const height = from.height * factor;
  return {
    x: from.x + (from.width - width) / 2,
    y: from.y + (from.height - height) / 2,
    width,
    height,
  };
}

function Edge({ edge }: { readonly edge: StageEdge }) {
  const [first, ...rest] = edge.points;
  if (first === undefined) return null;
  const path = rest.map(([x, y]) => `L${x},${y}`).join(' ');
  return (
    <path class="edge" d={`M${first[0]},${first[1]} ${path}`} marker-end="url(#arrow)">
      <title>{`${edge.to} reads ${edge.from}`}</title>
    </path>
  );
}

const BAR = 5;

function Node({
  node,
  instances,
  onStage,
}: {
  readonly node: StageNode;
  readonly instances: readonly InstancePage[];
  readonly onStage: (stage: string) => void;
}) {
  const { stage, count, x, y, width, height } = node;
  const counts = countStates(instances);
  const told = [...counts].map(([state, n]) => `${n} ${state}`).join(', ');
  let left = x - width / 2;
  return (
    <a
      href="#instances"
      onClick={(event) => {
        // The live view uses the fragment as its route.
        event.preventDefault();
        onStage(stage);
        const found = document.querySelector<HTMLElement>('#instances');
        found?.scrollIntoView();
        found?.focus({ preventScroll: true });
      }}
      aria-label={`${stage}: ${told}`}
    >
      <title>{`${stage}: ${told}${node.description === undefined ? '' : `\n${node.description}`}`}</title>
      <rect
        class={node.probe ? 'node probe' : 'node'}
        x={x - width / 2}
        y={y - height / 2}
        width={width}
        height={height}
        rx={node.probe ? height / 2 : 5}
      />
      <text x={x} y={y + 2} text-anchor="middle">
        {stage}
        {count > 1 && <tspan class="dim">{` ×${count}`}</tspan>}
      </text>
      {states.map((state) => {
        const n = counts.get(state) ?? 0;
        if (n === 0) return null;
        const part = (width * n) / instances.length;
        const at = left;
        left += part;
        return (
          <rect
            key={state}
            class={`bar state-${state}`}
            x={at}
            y={y + height / 2 - BAR}
            width={part}
            height={BAR}
          />
        );
      })}
    </a>
  );
}
