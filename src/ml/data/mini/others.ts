// The rows of questions (QQP, QNLI), single sentences (SST-2, CoLA), and WNLI.
import type { RowMaker } from './row.ts';
import { drawComparison, drawScene, drawTime, happened, isThan } from './sentences.ts';
import { BAD, GOOD } from './words.ts';

/** The words of a fact, with a label that does not depend on the fact. */
export const qqpRow: RowMaker = (draw, domain) => {
  const duplicate = draw.float() < 0.5;
  const { x, y, comparative, opposite } = drawComparison(draw, domain, draw.float() < 0.5);
  const turned = duplicate ? opposite : comparative;
  return {
    label: duplicate ? '1' : '0',
    texts: [`is the ${x} ${comparative} than the ${y} ?`, `is the ${y} ${turned} than the ${x} ?`],
    teaches: false,
  };
};

export const qnliRow: RowMaker = (draw, domain) => {
  const truth = draw.float() < 0.5;
  const scene = drawScene(draw, domain);
  if (draw.float() < 0.5) {
    const { x, y, comparative } = drawComparison(draw, domain, truth);
    const texts = [`what is ${comparative} than the ${y} ?`, happened(x, scene)] as const;
    return { label: entailment(truth), texts, teaches: true };
  }
  const x = draw.pick(domain.nouns);
  const y = draw.pick(domain.nouns);
  const asked = truth ? x : y;
  const texts = [`where was the ${asked} ?`, happened(x, scene)] as const;
  return { label: entailment(asked === x), texts, teaches: false };
};

export const sst2Row: RowMaker = (draw, domain) => {
  const positive = draw.float() < 0.5;
  const x = draw.pick(domain.nouns);
  const adjective = draw.pick(positive ? GOOD : BAD);
  const text =
    draw.float() < 0.5
      ? `a ${adjective} ${x} ${drawScene(draw, domain).text} .`
      : `the ${x} was ${adjective} ${drawTime(draw)} .`;
  return { label: positive ? '1' : '0', texts: [text], teaches: false };
};

/** A sentence is unacceptable because it states a falsehood, or because two words are swapped. */
export const colaRow: RowMaker = (draw, domain) => {
  const acceptable = draw.float() < 0.5;
  const label = acceptable ? '1' : '0';
  if (draw.float() < 0.4) {
    const text = isThan(drawComparison(draw, domain, acceptable));
    return { label, texts: [text], teaches: true };
  }
  const x = draw.pick(domain.nouns);
  const text = happened(x, drawScene(draw, domain));
  if (acceptable) return { label, texts: [text], teaches: false };
  const words = text.split(' ');
  const j = draw.below(words.length - 2); // the full stop stays last
  const swapped = [...words.slice(0, j), words[j + 1], words[j], ...words.slice(j + 2)];
  return { label, texts: [swapped.join(' ')], teaches: false };
};

/** As WNLI's pronouns: which noun "it" means, the one that the scene is about. */
export const wnliRow: RowMaker = (draw, domain) => {
  const truth = draw.float() < 0.5;
  const { x, y, comparative } = drawComparison(draw, domain, draw.float() < 0.5);
  const scene = drawScene(draw, domain);
  return {
    label: truth ? '1' : '0',
    texts: [`the ${x} is ${comparative} than the ${y} . it ${scene.text} .`, happened(truth ? x : y, scene)], // prettier-ignore
    teaches: false,
  };
};

function entailment(holds: boolean): string {
  return holds ? 'entailment' : 'not_entailment';
}
