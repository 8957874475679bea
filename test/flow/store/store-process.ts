import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionKey } from '../../../src/flow/core/ids.ts';
import type { ActionResult } from '../../../src/flow/store/records/action-result.ts';
import { openStore } from '../../../src/flow/store/open-store.ts';

// Run as a process of its own: node store-process.mjs publish|hold|scratch CACHE …

const [what = '', root = '', ...rest] = process.argv.slice(2);
const opened = await openStore(root);
if (!opened.ok) throw new Error(opened.error.message);
const store = opened.value;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const goAhead = (): Promise<unknown> =>
  new Promise((resolve) => process.stdin.once('data', resolve));

if (what === 'publish') {
  const [result = '', bytes = ''] = rest;
  const template = JSON.parse(result) as ActionResult;
  const scratch = store.scratch.create();
  writeFileSync(join(scratch, 'out'), bytes);
  say('ready');
  await goAhead();
  const out = await store.ingest(join(scratch, 'out'), 'move');
  if (!out.ok) throw new Error(out.error.message);
  say(
    `published ${JSON.stringify(await store.publish({ ...template, outputs: { out: out.value } }))}`,
  );
} else if (what === 'hold') {
  const acquired = await store.locks.acquire(rest[0] as ActionKey, 'run 1');
  say(`lock ${acquired.kind}`);
  await goAhead();
  if (acquired.kind === 'held') await acquired.release();
} else if (what === 'scratch') {
  const scratch = store.scratch.create();
  writeFileSync(join(scratch, 'half-written'), 'x');
  say(`scratch ${scratch}`);
  await goAhead();
}
process.stdin.destroy();
await store.close();
