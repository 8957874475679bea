// Finds the training rows of all tasks that repeat, or nearly repeat, a dev or test row of the primary.
import { writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { readTexts, readTextsMeta, textSplits } from '../src/ml/data/texts.ts';
import { throttledProgress } from '../src/ml/experiment/report.ts';
import { LeakIndex } from '../src/ml/leakage/leak-index.ts';
import { SIDES, sideOf, writeLeaks } from '../src/ml/leakage/leaks-file.ts';
import type { Leak } from '../src/ml/leakage/leaks-file.ts';

const stage = openStage();
const evaluation = stage.input('eval_texts');
const splits = textSplits(evaluation).map((split) => {
  const index = new LeakIndex();
  const ids = Array.from(readTexts(evaluation, split), ({ id, texts }) => {
    index.add(texts);
    return id;
  });
  return { split, index, ids };
});

const leaks: Leak[] = [];
const counts: Record<string, number> = {};
const folders = stage.collected('texts');
const progress = throttledProgress(stage, 'tasks');
for (const [i, { path: folder }] of folders.entries()) {
  const { task } = readTextsMeta(folder);
  const found = new Map<string, Set<number>>();
  for (const { row, texts } of readTexts(folder, 'train')) {
    for (const { split, index, ids } of splits) {
      const match = index.find(texts);
      if (match === undefined) continue;
      const { similarity } = match;
      leaks.push({ task, row, split, of: ids[match.row] as string, similarity });
      const kind = `${sideOf(split)}_${similarity === 1 ? 'duplicate' : 'near'}_${task}`;
      found.set(kind, (found.get(kind) ?? new Set()).add(row));
    }
  }
  for (const side of SIDES) {
    for (const kind of ['duplicate', 'near']) {
      counts[`${side}_${kind}_${task}`] = found.get(`${side}_${kind}_${task}`)?.size ?? 0;
    }
  }
  progress(i + 1, folders.length);
}
writeLeaks(stage.output('leaks'), leaks);
writeFileSync(stage.output('counts'), `${JSON.stringify(counts, null, 2)}\n`);
