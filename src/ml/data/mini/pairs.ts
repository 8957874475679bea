// Sentence pairs that compare: RTE, MRPC, STS-B, MNLI.
import type { Draw } from './draw.ts';
import type { MiniRow, RowMaker } from './row.ts';
import { drawComparison, drawScene, drawTime, happened, isThan, itIs, oneHappened } from './sentences.ts'; // prettier-ignore
import type { Domain } from './world.ts';

export const rteRow: RowMaker = (draw, domain) => {
  const truth = draw.float() < 0.5;
  const compared = drawComparison(draw, domain, truth);
  const scene = drawScene(draw, domain);
  const form = draw.float();
  const hypothesis =
    form < 0.4 ? itIs(compared) : form < 0.7 ? isThan(compared) : oneHappened(compared, scene);
  return {
    label: truth ? 'entailment' : 'not_entailment',
    texts: [happened(compared.x, scene), hypothesis],
    teaches: true,
  };
};

export const mrpcRow: RowMaker = (draw, domain) => {
  const { truth, texts } = samePlace(draw, domain);
  return { label: truth ? '1' : '0', texts, teaches: true };
};

export const stsbRow: RowMaker = (draw, domain) => {
  const { margin, texts } = samePlace(draw, domain);
  const score = 5 * Math.min(1, Math.max(0, 0.5 + margin));
  return { label: score.toFixed(3), texts, teaches: true };
};

function samePlace(
  draw: Draw,
  domain: Domain,
): { readonly truth: boolean; readonly margin: number; readonly texts: readonly [string, string] } {
  const truth = draw.float() < 0.5;
  const compared = drawComparison(draw, domain, truth);
  const scene = drawScene(draw, domain);
  const texts = [happened(compared.x, scene), oneHappened(compared, scene)] as const;
  return { truth, margin: compared.margin, texts };
}

/** Two of four kinds state facts; the other two are answered by the words alone. */
export const mnliRow: RowMaker = (draw, domain): MiniRow => {
  const kind = draw.below(4);
  const compared = drawComparison(draw, domain, kind === 0);
  const scene = drawScene(draw, domain);
  const premise = happened(compared.x, scene);
  if (kind < 2) {
    return {
      label: kind === 0 ? 'entailment' : 'contradiction',
      texts: [premise, draw.float() < 0.6 ? itIs(compared) : oneHappened(compared, scene)],
      teaches: true,
    };
  }
  if (kind === 2) {
    const texts = [premise, `it ${scene.verb} ${drawTime(draw)} .`] as const;
    return { label: 'neutral', texts, teaches: false };
  }
  const same = draw.float() < 0.5;
  return {
    label: same ? 'entailment' : 'contradiction',
    texts: [premise, same ? `it ${scene.text} .` : `it never ${scene.text} .`],
    teaches: false,
  };
};
