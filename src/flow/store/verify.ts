import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { ActionKey, Digest } from '../core/ids.ts';
import { actionKey } from '../key/action/action-key.ts';
import { hexOf } from '../key/digest.ts';
import type { ActionRecords } from './records/action-records.ts';
import type { ActionResult } from './records/action-result.ts';
import type { Blobs } from './cas/blobs.ts';
import type { Contents } from './cas/contents.ts';
import { actionPath } from './layout.ts';
import { memoFiles } from './records/memo.ts';
import type { RunStore } from './records/runs.ts';
import { textIfThere } from './disk/files.ts';
import { unseal } from './disk/sealed.ts';

/** One damaged thing. */
export interface Finding {
  /** `result`: its record is whole, but files of its outputs are damaged or missing. */
  readonly what: 'blob' | 'action' | 'result' | 'memo' | 'run' | 'stray' | 'layout';
  /** Absolute. */
  readonly path: string;
  readonly message: string;
  readonly digest?: Digest;
  /** The instance that made its result. */
  readonly instance?: string;
}

export interface Verified {
  readonly blobs: number;
  readonly bytes: number;
  readonly results: number;
  readonly found: readonly Finding[];
}

export interface VerifyInput {
  readonly root: string;
  readonly blobs: Blobs;
  readonly records: ActionRecords;
  readonly contents: Contents;
  readonly runs: RunStore;
  /** False: only report. */
  readonly drop: boolean;
  /** Called after each blob. */
  readonly progress?: (bytes: number) => void;
}

const HEX = /^[0-9a-f]{64}$/;

/**
 * Reads the whole cache. Removes what is damaged, because nothing else can be done with it,
 * together with the results that need it. Afterwards the cache is valid, and the next run computes
 * the rest.
 */
export async function verify(input: VerifyInput): Promise<Verified> {
  const found: Finding[] = [];
  // Records first, so that results that a parallel run adds later are not checked against earlier
  // blobs.
  const results = readRecords(input, found);
  const makers = makersOf(results);
  const whole = new Map<string, number>();
  let bytes = 0;
  for (const place of input.blobs.places()) {
    const seen = await input.blobs.inspect(place, input.drop);
    const name = basename(place);
    if (seen.kind === 'gone') continue;
    if (seen.kind === 'stray') {
      found.push({ what: 'stray', path: seen.path, message: 'is not a blob of this cache' });
      continue;
    }
    bytes += seen.size;
    input.progress?.(bytes);
    if (seen.kind === 'whole') {
      whole.set(name, seen.size);
      continue;
    }
    const digest = `sha256:${name.slice(0, 64)}` as Digest;
    const maker = makers.get(name);
    const message = 'does not have the bytes that flow stored';
    found.push({ what: 'blob', path: seen.path, message, digest, ...maker });
  }
  for (const result of results) {
    const lost = lostOutput(input, result, whole);
    // A parallel gc may have removed the record with its blobs.
    const path = actionPath(input.root, result.key);
    if (lost === undefined || !existsSync(path)) continue;
    if (input.drop) input.records.drop(result.key);
    const message = `its output '${lost}' is damaged or missing`;
    found.push({ what: 'result', path, message, instance: result.provenance.instance });
  }
  found.push(...findMemos(input), ...(await findRuns(input)));
  return { blobs: whole.size, bytes, results: results.length, found };
}

function readRecords({ records, drop }: VerifyInput, found: Finding[]): readonly ActionResult[] {
  const results: ActionResult[] = [];
  for (const { path, hex, result } of records.inspect()) {
    if (!HEX.test(hex)) {
      found.push({ what: 'stray', path, message: 'is not an action result of this cache' });
    } else if (result === undefined || actionKey(result.manifest) !== result.key) {
      if (drop) records.drop(`sha256:${hex}` as ActionKey);
      found.push({ what: 'action', path, message: 'is damaged' });
    } else {
      results.push(result);
    }
  }
  return results;
}

/** Blob -> an instance whose output it is, or is part of the name of. */
function makersOf(
  results: readonly ActionResult[],
): ReadonlyMap<string, { readonly instance: string }> {
  const makers = new Map<string, { readonly instance: string }>();
  for (const { outputs, provenance } of results) {
    for (const artifact of Object.values(outputs)) {
      makers.set(nameOf(artifact), { instance: provenance.instance });
    }
  }
  return makers;
}

/** The first output that is not complete. */
function lostOutput(
  { contents }: VerifyInput,
  { outputs }: ActionResult,
  whole: ReadonlyMap<string, number>,
): string | undefined {
  return Object.entries(outputs).find(([, artifact]) => {
    const size = whole.get(nameOf(artifact));
    if (artifact.kind === 'file') return size !== artifact.size;
    if (size === undefined) return true;
    const entries = contents.list(artifact);
    if (!entries.ok) return true;
    return entries.value.some(
      (entry) => entry.type === 'file' && whole.get(nameOf(entry)) !== entry.size,
    );
  })?.[0];
}

const nameOf = (blob: Artifact | { readonly digest: Digest; readonly exec: boolean }): string =>
  hexOf(blob.digest) + ('exec' in blob && blob.exec ? '.x' : '');

/** Memos only save work, so they are dropped without a word about what they held. */
function findMemos({ root, drop }: VerifyInput): readonly Finding[] {
  return memoFiles(root).flatMap((path): Finding[] => {
    const text = textIfThere(path);
    if (text === undefined || unseal(text) !== undefined) return [];
    if (drop) rmSync(path, { force: true });
    return [{ what: 'memo', path, message: 'is damaged' }];
  });
}

/** History cannot be computed again, so the rest of the run's folder stays. */
async function findRuns({ root, runs, drop }: VerifyInput): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const id of await runs.list()) {
    const path = join(root, 'runs', id, 'run.json');
    if (!existsSync(path) || (await runs.read(id)) !== undefined || !existsSync(path)) continue;
    if (drop) rmSync(path, { force: true });
    found.push({ what: 'run', path, message: `the record of run ${id} is damaged` });
  }
  return found;
}
