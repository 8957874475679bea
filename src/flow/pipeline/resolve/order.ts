import type { InstanceId } from '../../core/ids.ts';

/** Nodes with the nodes that each one reads. `rank`: declaration order, then matrix order. */
export interface Node {
  readonly id: InstanceId;
  readonly needs: readonly InstanceId[];
  readonly rank: number;
}

export type Order =
  | { readonly kind: 'sorted'; readonly ids: readonly InstanceId[] }
  /** Each node reads the next one; the last reads the first. */
  | { readonly kind: 'cycle'; readonly trail: readonly InstanceId[] };

/** Topological order. If several nodes could be next, the one with the lowest rank is. */
export function topologicalOrder(nodes: readonly Node[]): Order {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const waiting = new Map(nodes.map((node) => [node.id, new Set(node.needs).size]));
  const readers = new Map<InstanceId, Node[]>();
  for (const node of nodes) {
    for (const need of new Set(node.needs)) {
      const known = readers.get(need);
      if (known === undefined) readers.set(need, [node]);
      else known.push(node);
    }
  }
  const ready = new RankHeap();
  for (const node of nodes) if (waiting.get(node.id) === 0) ready.push(node);
  const ids: InstanceId[] = [];
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    ids.push(node.id);
    waiting.delete(node.id);
    for (const reader of readers.get(node.id) ?? []) {
      const left = (waiting.get(reader.id) as number) - 1;
      waiting.set(reader.id, left);
      if (left === 0) ready.push(reader);
    }
  }
  return waiting.size === 0
    ? { kind: 'sorted', ids }
    : { kind: 'cycle', trail: findCycle(byId, waiting) };
}

/**
 * Every waiting node needs another waiting node, so following these needs always reaches a cycle.
 */
function findCycle(
  nodes: ReadonlyMap<InstanceId, Node>,
  waiting: ReadonlyMap<InstanceId, number>,
): readonly InstanceId[] {
  const trail: InstanceId[] = [];
  let at = waiting.keys().next().value as InstanceId;
  while (!trail.includes(at)) {
    trail.push(at);
    at = nodes.get(at)?.needs.find((need) => waiting.has(need)) as InstanceId;
  }
  return trail.slice(trail.indexOf(at));
}

/** A binary heap, lowest rank first. */
class RankHeap {
  readonly #items: Node[] = [];

  push(node: Node): void {
    const items = this.#items;
    let at = items.push(node) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] as Node).rank <= node.rank) break;
      items[at] = items[parent] as Node;
      at = parent;
    }
    items[at] = node;
  }

  pop(): Node | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const smaller =
        right < items.length && (items[right] as Node).rank < (items[left] as Node).rank
          ? right
          : left;
      if ((items[smaller] as Node).rank >= last.rank) break;
      items[at] = items[smaller] as Node;
      at = smaller;
    }
    items[at] = last;
    return top;
  }
}
