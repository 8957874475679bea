// Copied into a project whose trainings are to be ended at known places, however fast the machine is.
// Beside the cache lies the gate, a folder in which `points` names the places, one a line: what comes
// to one for the first time in this gate leaves its pid there, in `<action key> <place>`, and stands
// still until it is ended; and `continued` has a line `<action key> <epoch>.<batch>` whenever a training
// has gone on from a saved state. A training is told from others by its checkpoint folder.
import {
  appendFileSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** unsaved: after a step that is not saved; saving: the state is written, but not under its name. */
export type Moment = 'unsaved' | 'saving' | 'saved';

interface Place {
  readonly epoch: number;
  /** Batches of the epoch that are done. */
  readonly batch: number;
}

export function stopAt(checkpoint: string, moment: Moment, { epoch, batch }: Place): void {
  const { gate, key } = identify(checkpoint);
  const place = `${moment}@${epoch}.${batch}`;
  const points = path.join(gate, 'points');
  if (!existsSync(points) || !readFileSync(points, 'utf8').split('\n').includes(place)) return;
  const mark = path.join(gate, `${key} ${place}`);
  if (existsSync(mark)) return;
  writeFileSync(`${mark}.part`, `${process.pid}`);
  renameSync(`${mark}.part`, mark);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

export function goesOn(checkpoint: string, { epoch, batch }: Place): void {
  const { gate, key } = identify(checkpoint);
  appendFileSync(path.join(gate, 'continued'), `${key} ${epoch}.${batch}\n`);
}

function identify(checkpoint: string): { readonly gate: string; readonly key: string } {
  const [, cache, key] = /^(.*)\/checkpoints\/([^/]*)/.exec(realpathSync(checkpoint)) ?? [];
  if (cache === undefined || key === undefined) throw new Error(`${checkpoint} is in no cache`);
  return { gate: `${cache}.gate`, key };
}
