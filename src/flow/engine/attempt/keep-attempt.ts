import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { Failure } from '../../core/events.ts';
import { messageOf } from '../../core/system-error.ts';
import { isInside } from '../../key/paths.ts';
import type { EngineContext } from '../context.ts';
import { Redactor } from '../secrets/redactor.ts';
import type { Job } from '../process/executor.ts';
import type { KeptAttempt } from '../../store/records/kept.ts';
import type { Layout } from './scratch-layout.ts';

export interface FailedAttempt {
  readonly ctx: Pick<EngineContext, 'root' | 'store'>;
  readonly run: string;
  readonly instance: KeptAttempt['instance'];
  readonly layout: Layout;
  readonly job: Pick<Job, 'scratch' | 'env'>;
  /** By name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly failure: Failure;
}

/** Keeps the folder of a failed attempt for a user. Returns its failure with the folder, or with the reason why not. */
export async function keepAttempt(attempt: FailedAttempt): Promise<Failure> {
  const { ctx, run, instance, layout, job, secrets, failure } = attempt;
  const { scratch } = job;
  try {
    const values = Object.values(secrets);
    // Before the inputs are there, which the stage could not write to.
    if (values.length > 0) maskFiles(Buffer.from(scratch), values);
    await ownInputs(ctx, layout, scratch);
    ownModules(ctx.root, scratch);
    const env = Object.entries(job.env).filter(([name]) => !Object.hasOwn(secrets, name));
    const folder = ctx.store.kept.keep(scratch, run, {
      version: 1,
      instance,
      argv: layout.argv,
      env: Object.fromEntries(env),
      secrets: Object.keys(secrets),
      folders: [scratch, ctx.store.scratch.shortPath(scratch)],
      failure: failure.message,
    });
    return { ...failure, kept: path.relative(ctx.root, folder) };
  } catch (error) {
    const hint = `flow could not keep its folder: ${messageOf(error)}`;
    return { ...failure, hint: failure.hint === undefined ? hint : `${failure.hint}; ${hint}` };
  }
}

/** What stages of the run share is gone when the run ends. */
async function ownInputs(
  { store }: Pick<EngineContext, 'store'>,
  { placed }: Layout,
  scratch: string,
): Promise<void> {
  for (const each of placed) {
    if (each.kind !== 'input') continue;
    const link = path.join(scratch, each.link);
    rmSync(link);
    mkdirSync(link);
    const { artifact, path: from } = each.viewed;
    const done = await store.materialise(
      artifact,
      path.join(link, path.basename(from)),
      'read-only',
    );
    if (!done.ok) throw new Error(done.error.message);
  }
}

/** A ts stage had links to its packages, which the run made. The project has all of them. */
function ownModules(root: string, scratch: string): void {
  const link = path.join(scratch, 'node_modules');
  const installed = path.join(root, 'node_modules');
  let target: string;
  try {
    target = readlinkSync(link);
  } catch {
    return;
  }
  if (!isInside(path.dirname(scratch), path.resolve(scratch, target))) return;
  rmSync(link);
  if (existsSync(installed)) symlinkSync(installed, link);
}

/** A stage can write its secrets anywhere. What cannot be read is removed. Names need not be UTF-8. */
function maskFiles(folder: Buffer, secrets: readonly string[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const at = Buffer.concat([folder, SLASH, entry.name]);
    if (entry.isDirectory()) {
      chmodSync(at, 0o700);
      maskFiles(at, secrets);
    } else if (entry.isFile()) {
      try {
        maskFile(at, secrets);
      } catch {
        rmSync(at, { force: true });
      }
    }
  }
}

const SLASH = Buffer.from('/');
const CHUNK = 1 << 20;

/** Written anew, because a file can be a hard link to a blob. */
function maskFile(file: Buffer, secrets: readonly string[]): void {
  const redactor = new Redactor(secrets);
  const masked = Buffer.concat([file, Buffer.from('.masked')]);
  const from = openSync(file, 'r');
  const to = openSync(masked, 'wx', statSync(file).mode & 0o777);
  try {
    const bytes = Buffer.alloc(CHUNK);
    for (;;) {
      const count = readSync(from, bytes, 0, CHUNK, null);
      writeSync(to, count === 0 ? redactor.end() : redactor.push(bytes.subarray(0, count)));
      if (count === 0) break;
    }
  } finally {
    closeSync(from);
    closeSync(to);
  }
  renameSync(masked, file);
}
