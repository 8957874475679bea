import { hostname } from 'node:os';
import path from 'node:path';
import type { Failure, StageEvent } from '../../core/events.ts';
import type { InputOrigin } from '../../key/manifest.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { EngineContext } from '../context.ts';
import type { Executor, Job, Submitted } from '../process/executor.ts';
import type { Sandbox } from '../sandbox/bubblewrap.ts';
import { Redactor } from '../secrets/redactor.ts';
import { redactEvent, redactFailure, secretsOf } from '../secrets/secrets.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';
import { failureOf, killedFromOutside, withDiskHint } from './failure.ts';
import { jobOf } from './job.ts';
import { keepAttempt } from './keep-attempt.ts';
import { withLogHint } from './log-hint.ts';
import { ingestOutputs, missingOutputs } from './outputs.ts';
import type { View } from '../sandbox/view.ts';
import { withReadOnlyHint } from './read-only-hint.ts';
import { inputFolders, layOut } from './scratch-layout.ts';
import { withSourceNames } from './source-names.ts';
import type { Layout } from './scratch-layout.ts';

export interface AttemptInput {
  readonly ctx: EngineContext;
  readonly executor: Executor;
  readonly instance: Instance;
  readonly action: ResolvedAction;
  readonly run: string;
  /** From 1. */
  readonly attempt: number;
  /** Absolute. */
  readonly log: string;
  /** Its result replaces a stored one. */
  readonly replace: boolean;
  /** Whether its folder is kept if it fails. */
  readonly keep: boolean;
  /** Missing: the stage sees all files that flow sees. */
  readonly sandbox?: Sandbox | undefined;
  /** Ids of the devices of the pool gpu that it can use. */
  readonly devices: readonly string[];
  readonly receive: (event: StageEvent) => void;
  /** Called as soon as the attempt can be cancelled. */
  readonly started: (submitted: Submitted) => void;
  /** Called when its processes have ended and all outputs exist, before flow stores them. */
  readonly computed: () => void;
  /** Called when this process can read its outputs, before its record is on disk. */
  readonly ingested: (result: ActionResult) => void;
}

export type AttemptOutcome =
  | {
      readonly kind: 'recorded';
      /** The result of another process, if that was recorded first. */
      readonly result: ActionResult;
      /** Outputs with other bytes in that result, or in the one that it replaced. */
      readonly differing: readonly string[];
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'damaged-input'; readonly origin: InputOrigin; readonly message: string };

type Computed =
  | Exclude<AttemptOutcome, { readonly kind: 'recorded' }>
  | { readonly kind: 'ingested'; readonly result: ActionResult };

const host = hostname();

/**
 * One attempt at an action: prepares its folder, runs it, checks its outputs, stores them and
 * records the result.
 */
export async function attempt(input: AttemptInput): Promise<AttemptOutcome> {
  const { ctx, action } = input;
  const { checkpoints } = ctx.store;
  const scratch = ctx.store.scratch.create();
  const checkpoint = checkpoints.open(action.key);
  let computed: Computed;
  try {
    computed = await compute(input, scratch, checkpoint.path);
  } finally {
    ctx.store.scratch.remove(scratch);
  }
  if (computed.kind === 'failed' && checkpoint.resumed) {
    // The checkpoint may be the cause of the failure, so the next attempt starts from zero. Not if
    // the attempt saved again and was then stopped from outside: a training that is longer than its
    // timeout would never finish.
    const gotOn = checkpoints.progressed(checkpoint);
    if (!gotOn || !killedFromOutside(computed.failure)) checkpoints.setAside(action.key);
  }
  if (computed.kind !== 'ingested') return computed;
  // The store flushes what it took in at most every 300 ms, for all that ended meanwhile. Nobody waits for
  // that but the record: a driver that is killed by KILL loses these results, and none that it has recorded.
  // Who has read them by then has a key of their content, so a later run finds the results of both or of neither.
  input.ingested(computed.result);
  const published = await ctx.store.publish(computed.result, input.replace);
  if (published.kind === 'lost') {
    const message = `its output '${published.output}' was changed or removed before it was recorded`;
    return failed({ reason: 'store', message });
  }
  // Not earlier: without a record, the checkpoint is all that is left of a long training.
  await checkpoints.drop(checkpoint);
  return published.kind === 'adopted'
    ? { kind: 'recorded', result: published.result, differing: published.differing }
    : { kind: 'recorded', result: computed.result, differing: published.differing };
}

async function compute(
  input: AttemptInput,
  scratch: string,
  checkpoint: string,
): Promise<Computed> {
  const { ctx, instance, action, log, devices } = input;
  const startedAt = ctx.clock();
  const layout = await layOut(ctx, instance, action, scratch, checkpoint);
  if (!layout.ok) {
    if (layout.error.kind === 'failure') return failed(layout.error.failure);
    const { origin, message } = layout.error;
    return { kind: 'damaged-input', origin, message };
  }
  const { argv } = layout.value;
  const found = secretsOf(instance, ctx.env);
  if (!found.ok) return failed(found.error);
  const secrets = found.value;
  const redactor = new Redactor(Object.values(secrets));
  const inputs = inputFolders(layout.value);
  const command = await commandOf(input, argv, { scratch, checkpoint, inputs });
  const job = jobOf({ ctx, instance, action, scratch, log, devices, secrets, ...command });
  const submitted = input.executor.submit(job, (event) =>
    input.receive(redactEvent(event, redactor)),
  );
  const failedWith = async (failure: Failure): Promise<Computed> => {
    if (!input.keep) return failed(failure);
    const about = {
      ctx,
      run: input.run,
      instance: instance.id,
      layout: layout.value,
      job,
      secrets,
    };
    return failed(await keepAttempt({ ...about, failure }));
  };
  input.started(submitted);
  const ending = await submitted.ended;
  const changed = (await changedInput(ctx, layout.value)) ?? (await changedCode(ctx, action));
  // Never stored: a stage that answers TERM with exit code 0 may be incomplete.
  if (ending.kind === 'cancelled') return { kind: 'cancelled' };
  const ended = failureOf(ending, argv, log, ctx.root, instance.timeoutMs);
  const hinted = withLogHint(withReadOnlyHint(ended, scratch), { ctx, instance, scratch });
  const failure = withSourceNames(withDiskHint(hinted, scratch), instance);
  if (failure !== undefined) return failedWith(failure);
  if (changed !== undefined) return failedWith(changed);
  const missing = missingOutputs(ctx, instance, scratch, log);
  if (missing !== undefined) return failedWith(redactFailure(missing, redactor));
  input.computed();
  const outputs = await ingestOutputs(ctx, instance, scratch, log, () => submitted.quiet());
  if (!outputs.ok) return failedWith(redactFailure(outputs.error, redactor));

  const result: ActionResult = {
    version: 1,
    key: action.key,
    outputs: outputs.value,
    manifest: action.manifest,
    provenance: action.provenance,
    execution: {
      run: input.run,
      host,
      startedAt: new Date(startedAt).toISOString(),
      wallMs: ctx.clock() - startedAt,
      ...submitted.use(),
      attempts: input.attempt,
      flow: ctx.flowVersion,
      node: process.version,
    },
  };
  return { kind: 'ingested', result };
}

async function commandOf(
  { ctx, instance, action, sandbox }: AttemptInput,
  argv: readonly string[],
  at: Pick<View, 'scratch' | 'checkpoint' | 'inputs'>,
): Promise<Pick<Job, 'argv' | 'wrapper'>> {
  if (sandbox === undefined) return { argv };
  const { inSandbox } = await import('../sandbox/bubblewrap.ts');
  const { viewOf } = await import('../sandbox/view.ts');
  const view = viewOf(ctx, instance, action, at);
  return { argv: inSandbox(sandbox, view, argv), wrapper: { by: 'bubblewrap' } };
}

function failed(failure: Failure): { readonly kind: 'failed'; readonly failure: Failure } {
  return { kind: 'failed', failure };
}

/**
 * Other stages read the same inputs, and a large one shares its inode with a blob. This checks all of them, so
 * that the store gives a changed one to nobody else, and returns the failure of the first one.
 */
async function changedInput(
  ctx: EngineContext,
  { placed, readyMs }: Layout,
): Promise<Failure | undefined> {
  const failures: Failure[] = [];
  for (const each of placed) {
    if (each.kind === 'code') {
      if (await ctx.store.checkUntouched(each.artifact, each.path, readyMs)) continue;
      failures.push({
        reason: 'input-changed',
        message: `the stage changed its code file ${each.name}`,
        hint: 'copy the file before you change it',
      });
      continue;
    }
    if (each.source !== undefined && !(await ctx.store.sourceUnchanged(each.source))) {
      const message = `${each.name} changed while the stage read it`;
      failures.push({ reason: 'input-changed', message });
    } else if (!(await ctx.store.view.untouched(each.viewed))) {
      failures.push({
        reason: 'input-changed',
        message: `its input ${each.name} was changed while the stage ran`,
        hint: 'copy a file before you change it: inputs are read-only, and other stages read the same file',
      });
    }
  }
  return failures[0];
}

/**
 * A command that names a file of the project by its absolute path reads that file, not the copy that is in the
 * key. So it must still be what was hashed.
 */
async function changedCode(
  ctx: EngineContext,
  { code }: ResolvedAction,
): Promise<Failure | undefined> {
  for (const place of new Set(Object.values(code.places ?? {}))) {
    const file = code.files.find((each) => each.path === place);
    // What a package holds is not watched.
    if (file === undefined) continue;
    const now = await ctx.store.contentOf(path.join(ctx.root, place));
    if (now.ok && now.value.digest === file.digest) continue;
    const message = `${place} changed while the stage ran`;
    return { reason: 'input-changed', message, hint: 'start the run again' };
  }
  return undefined;
}
