import type { Json } from '../core/json.ts';
import { keep, recall } from './memo.ts';
import type { Memo } from './memo.ts';
import type { Watch, Watcher } from './watch.ts';

/** Made of files, and remembered while they stay as they were. JSON. */
interface Watched {
  readonly watches: readonly Watch[];
}

/** undefined: nothing of this name is remembered, or a file that it was made of has changed. */
export async function recallWatched<T extends Watched>(
  memo: Memo,
  name: string,
  watcher: Watcher,
): Promise<T | undefined> {
  const remembered = (await recall(memo, name)) as T | undefined;
  if (remembered === undefined) return undefined;
  const watches = await watcher.renew(remembered.watches);
  if (watches === undefined) return undefined;
  if (watches.some((watch, index) => watch !== remembered.watches[index])) {
    await keepWatched(memo, name, { ...remembered, watches });
  }
  return remembered;
}

export async function keepWatched<T extends Watched>(
  memo: Memo,
  name: string,
  value: T,
): Promise<void> {
  await keep(memo, name, value as unknown as Json);
}
