import { stageOf } from '../core/names.ts';
import type { InputOrigin, Provenance } from '../key/manifest.ts';

/** The origin of an artifact: `train.model@seed=0`, or the path of a source. */
export interface Origin {
  readonly name: string;
  /** The number of other artifacts of the same stage and output, which are not drawn. */
  readonly others: number;
  /** It is already drawn above, with its origins. */
  readonly again: boolean;
  readonly from: readonly Origin[];
}

/** The inputs of a result, back to the sources. Draws the origins of each node once. */
export function provenanceTree(
  provenance: Provenance,
  byKey: (key: string) => Provenance | undefined,
  nameOf: (origin: InputOrigin) => string,
): readonly Origin[] {
  const drawn = new Set<string>();
  const nodes = ({ inputs }: Provenance): readonly Origin[] =>
    grouped(Object.values(inputs).flatMap((input) => (isList(input) ? input : [input]))).map(
      ([first, others]) => {
        const name = nameOf(first);
        if ('source' in first) return { name, others, again: false, from: [] };
        const again = drawn.has(first.key);
        drawn.add(first.key);
        const made = again ? undefined : byKey(first.key);
        return { name, others, again, from: made ? nodes(made) : [] };
      },
    );
  return nodes(provenance);
}

/** Indents each level by two spaces. One line lists nodes that are already drawn above. */
export function provenanceLines(origins: readonly Origin[], depth = 0): string[] {
  const indent = '  '.repeat(depth);
  const text = ({ name, others }: Origin): string =>
    others > 0 ? `${name} and ${others} more` : name;
  const above = origins.filter(({ again }) => again).map(text);
  return [
    ...origins
      .filter(({ again }) => !again)
      .flatMap((origin) => [indent + text(origin), ...provenanceLines(origin.from, depth + 1)]),
    ...(above.length > 0 ? [`${indent}and from above: ${above.join(', ')}`] : []),
  ];
}

/** Groups artifacts of one stage and output; the first represents them. */
function grouped(origins: readonly InputOrigin[]): readonly [InputOrigin, number][] {
  const groups = new Map<string, [InputOrigin, number]>();
  for (const origin of origins) {
    const name =
      'source' in origin
        ? `source ${origin.source}`
        : `${stageOf(origin.instance)}.${origin.output}`;
    const group = groups.get(name);
    if (group) group[1] += 1;
    else groups.set(name, [origin, 0]);
  }
  return [...groups.values()];
}

function isList(input: InputOrigin | readonly InputOrigin[]): input is readonly InputOrigin[] {
  return Array.isArray(input);
}
