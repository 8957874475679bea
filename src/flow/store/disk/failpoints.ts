import { appendFileSync } from 'node:fs';

/**
 * Every place at which a crash or a failing disk leaves something half done, in the order of a run. A
 * name says what has just been done; the next step has not. test/crash kills a driver at each of them,
 * and fails when one is never reached, so a new step of writing gets its name here.
 */
export const failpoints = [
  // A cache is opened, a run begins.
  'cache.version-written',
  'cache.version-placed',
  'cache.contents-made',
  'cache.upgrading',
  'workspace.made',
  'workspace.owned',
  'workspace.swept-one',
  'workspace.link-folder-made',
  'workspace.linked',
  'lease.written',
  'run.folder-made',
  'run.record-written',
  'run.record-placed',
  'run.events-opened',
  'run.event-appended',
  // A stage is laid out and run.
  'lock.written',
  'lock.wanted',
  'lock.taken',
  'lock.broken',
  'scratch.made',
  'checkpoint.folder-made',
  'checkpoint.opened',
  'materialise.folder-made',
  'materialise.file-placed',
  'materialise.sealed',
  'view.placed',
  'stage.expected',
  'stage.spawned',
  'stage.ended',
  // Its result is published.
  'blob.written',
  'blob.copied',
  'blob.flushed',
  'blob.finished',
  'shard.made',
  'blob.placed',
  'blob.sealing',
  'blob.dropped',
  'blob.claimed',
  'action.written',
  'action.linked',
  'action.replaced',
  'action.flushed',
  'action.dropped',
  'checkpoint.set-aside',
  'checkpoint.dropping',
  'scratch.removing',
  'lock.releasing',
  // What is placed for a person, and what only saves work.
  'checkout.built',
  'checkout.moved-aside',
  'checkout.placed',
  'memo.written',
  'memo.placed',
  'stat-cache.written',
  'stat-cache.placed',
  // What nobody uses any more is removed.
  'gc.planned',
  'gc.batch-opened',
  'gc.run-moved',
  'gc.run-removed',
  'gc.result-unclaimed',
  'gc.result-removed',
  'gc.blob-unclaimed',
  'gc.blob-removed',
  'gc.checkpoint-removed',
  'gc.memo-removed',
  'gc.batch-closed',
] as const;

export type Failpoint = (typeof failpoints)[number];

/**
 * `FLOW_FAILPOINT=<parent's pid>:<what>@<name>[#<n>]` arms the n-th passing (standard: 1) of one
 * failpoint; `<parent's pid>:trace@<file>` appends the name of each that is passed. What: `kill` and `stop`
 * send the signal to this process; an error's code (`ENOSPC`, `EACCES`, `EMFILE`, …) makes the next step
 * fail with it. The parent's pid keeps an exported variable from meaning any other process.
 */
const VARIABLE = 'FLOW_FAILPOINT';

let armed = arm(process.env[VARIABLE]);

/** Costs one comparison if none is armed. */
export function failpoint(name: Failpoint): void {
  armed?.(name);
}

function arm(text: string | undefined): ((name: Failpoint) => void) | undefined {
  if (text === undefined) return undefined;
  const parts = /^([0-9]+):([A-Za-z0-9]+)@(.+?)(?:#([1-9][0-9]*))?$/u.exec(text);
  const [, parent = '', what = '', where = '', count = '1'] = parts ?? [];
  if (Number(parent) !== process.ppid) return undefined;
  if (what === 'trace') return (name) => appendFileSync(where, `${name}\n`);
  if (!failpoints.includes(where as Failpoint)) throw new Error(`no failpoint ${where}`);
  let left = Number(count);
  return (name) => {
    if (name !== where) return;
    left -= 1;
    if (left > 0) return;
    armed = undefined;
    if (what !== 'kill' && what !== 'stop') throw systemError(what);
    process.kill(process.pid, what === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  };
}

function systemError(code: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${code}: put in by ${VARIABLE}`);
  return Object.assign(error, { code, syscall: 'write' });
}
