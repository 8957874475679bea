// How long the search for repeated rows takes at GLUE's size, and how much memory it needs: QQP as the
// primary has 40,430 dev and 390,965 test rows, against 949,098 training rows. Generated pairs of questions.
import { parseArgs } from 'node:util';
import { importSources } from './sources.mjs';

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } });
const scale = Number(values.scale);
const { LeakIndex, Stream } = await importSources(`
  export { LeakIndex } from './src/ml/leakage/leak-index.ts';
  export { Stream } from './src/ml/random.ts';`);

const stream = Stream.named(1, 'leakage');
/** A few words are frequent, as in a language. */
const word = () => `w${Math.floor(30_000 ** stream.float())}`;
const text = () => Array.from({ length: 6 + stream.below(10) }, word).join(' ');

const start = performance.now();
const seconds = () => ((performance.now() - start) / 1000).toFixed(0);
const kept = [];
const splits = [40_430, 390_965].map((rows) => {
  const index = new LeakIndex();
  for (let i = 0; i < rows * scale; i++) {
    const row = [text(), text()];
    if (i % 100 === 0) kept.push(row);
    index.add(row);
  }
  return index;
});
let found = 0;
const training = 949_098 * scale;
for (let i = 0; i < training; i++) {
  const row =
    i % 200 === 0 ? (kept[(i / 200) % kept.length] ?? [text(), text()]) : [text(), text()];
  for (const index of splits) if (index.find(row) !== undefined) found += 1;
}
const { maxRSS } = process.resourceUsage();
process.stdout.write(
  `${Math.round(training)} rows in ${seconds()} s, ${(maxRSS / 2 ** 20).toFixed(2)} GB; ${found} repeat a row\n`,
);
