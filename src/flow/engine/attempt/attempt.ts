import { hostname } from 'node:os';
import path from 'node:path';
import type { Failure, StageEvent } from '../../core/events.ts';
import type { InputOrigin } from '../../key/manifest.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { Slot } from '../../store/process/slots.ts';
import type { EngineContext } from '../context.ts';
import type { Executor, Job, Submitted } from '../process/executor.ts';
import { killedFromOutside, failureOf, withDiskHint } from './failure.ts';
import { ingestOutputs, missingOutputs } from './outputs.ts';
import { Redactor } from '../secrets/redactor.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';
import type { Sandbox } from '../sandbox/bubblewrap.ts';
import { layOut } from './scratch-layout.ts';
import type { Layout } from './scratch-layout.ts';
import { redactEvent, redactFailure, secretsOf } from '../secrets/secrets.ts';

export interface AttemptInput {
  readonly ctx: EngineContext;
  readonly executor: Executor;
  readonly instance: Instance;
  readonly action: ResolvedAction;
  readonly run: string;
  readonly attempt: number;
  /** Absolute. */
  readonly log: string;
  /** Absent: the stage sees what flow sees. */
  readonly sandbox?: Sandbox | undefined;
  /** Ids of the gpu pool's devices that it may use. */
  readonly devices: readonly string[];
  readonly receive: (event: StageEvent) => void;
  /** Called when there is something to cancel. */
  readonly started: (submitted: Submitted) => void;
  /** Called when its processes are gone and all outputs are there: what is left is to store them. */
  readonly computed: () => void;
}

export type AttemptOutcome =
  | {
      readonly kind: 'published';
      readonly result: ActionResult;
      readonly differing: readonly string[];
      /** Nothing of it can run any more. */
      readonly alone: boolean;
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'damaged-input'; readonly origin: InputOrigin; readonly message: string };

const host = hostname();

/** Lays an action out, runs it, checks what it left and publishes the result. */
export async function attempt(input: AttemptInput): Promise<AttemptOutcome> {
  const { ctx, action } = input;
  const slot = ctx.store.slots.take();
  const checkpoint = ctx.store.checkpoints.open(action.key);
  let alone = false;
  try {
    const outcome = await inSlot(input, slot, checkpoint.path);
    if (outcome.kind === 'published') {
      ({ alone } = outcome);
      ctx.store.checkpoints.drop(checkpoint, alone);
    }
    if (outcome.kind === 'failed' && checkpoint.resumed) {
      // What it resumed from may be why it failed: the next attempt starts anew. Not where it got on
      // and was then ended by others: a training longer than its timeout would never come to its end.
      const gotOn = ctx.store.checkpoints.progressed(checkpoint);
      if (!gotOn || !killedFromOutside(outcome.failure)) ctx.store.checkpoints.setAside(action.key);
    }
    return outcome;
  } finally {
    ctx.store.slots.giveBack(slot, alone);
  }
}

async function inSlot(
  input: AttemptInput,
  slot: Slot,
  checkpoint: string,
): Promise<AttemptOutcome> {
  const { ctx, instance, action, log } = input;
  const { path: scratch } = slot;
  const startedAt = ctx.clock();
  const layout = await layOut(ctx, instance, action, slot, checkpoint);
  if (!layout.ok) {
    if (layout.error.kind === 'failure') return failed(layout.error.failure);
    const { origin, message } = layout.error;
    return { kind: 'damaged-input', origin, message };
  }
  const { argv } = layout.value;
  const found = secretsOf(instance, ctx.env);
  if (!found.ok) return failed(found.error);
  const secrets = Object.values(found.value);
  const redactor = new Redactor(secrets);
  const [stdout] = instance.probe ? instance.outputs : [];
  const submitted = input.executor.submit(
    {
      ...(await commandOf(input, argv, scratch, checkpoint)),
      scratch,
      env: { ...environment(input, scratch), ...found.value },
      log,
      secrets,
      ...(stdout === undefined ? {} : { stdout: path.join(scratch, 'out', stdout.path) }),
      ...(instance.timeoutMs === undefined ? {} : { timeoutMs: instance.timeoutMs }),
    },
    (event) => input.receive(secrets.length === 0 ? event : redactEvent(event, redactor)),
  );
  input.started(submitted);
  const ending = await submitted.ended;
  const changed = await changedInput(ctx, layout.value);
  // Never ingested: a stage that answers TERM with exit 0 need not have finished.
  if (ending.kind === 'cancelled') return { kind: 'cancelled' };
  const ended = failureOf(ending, argv, log, ctx.root, instance.timeoutMs);
  const failure = withDiskHint(ended, scratch);
  if (failure !== undefined) return failed(failure);
  if (changed !== undefined) return failed(changed);
  const missing = missingOutputs(ctx, instance, scratch, log);
  if (missing !== undefined) return failed(redactFailure(missing, redactor));
  input.computed();
  const outputs = await ingestOutputs(ctx, instance, scratch, log);
  if (!outputs.ok) return failed(redactFailure(outputs.error, redactor));

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
  const publishing = ctx.store.publish(result);
  ctx.store.hurry();
  const published = await publishing;
  const alone = submitted.alone();
  return published.kind === 'published'
    ? { kind: 'published', result, differing: [], alone }
    : { kind: 'published', result: published.result, differing: published.differing, alone };
}

async function commandOf(
  { ctx, instance, action, sandbox }: AttemptInput,
  argv: readonly string[],
  scratch: string,
  checkpoint: string,
): Promise<Pick<Job, 'argv' | 'wrapper'>> {
  if (sandbox === undefined) return { argv };
  const { inSandbox } = await import('../sandbox/bubblewrap.ts');
  const { viewOf } = await import('../sandbox/view.ts');
  const view = viewOf(ctx, instance, action, { scratch, checkpoint });
  return { argv: inSandbox(sandbox, view, argv), wrapper: { by: 'bubblewrap' } };
}

function failed(failure: Failure): AttemptOutcome {
  return { kind: 'failed', failure };
}

/** Everything a stage's process gets; nothing else of the driver's environment reaches it. */
export function environment(
  { ctx, instance, action, devices }: Pick<AttemptInput, 'ctx' | 'instance' | 'action' | 'devices'>,
  scratch: string,
): Record<string, string> {
  const result: Record<string, string> = {
    TMPDIR: path.join(scratch, 'tmp'),
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    FLOW_STAGE: 'stage.json',
    FLOW_EVENTS: 'events.ndjson',
  };
  const { python } = action.code;
  if (python !== undefined) {
    // Absolute, so that a stage may change its working directory.
    const folders = python.path.map((folder) => path.join(scratch, 'code', folder));
    result['PYTHONPATH'] = folders.join(path.delimiter);
    // The order of a set of strings is drawn anew in each process otherwise.
    result['PYTHONHASHSEED'] = '0';
  }
  for (const name of ['PATH', 'HOME', ...instance.env.map((variable) => variable.name)]) {
    const value = ctx.env[name];
    if (value !== undefined) result[name] = value;
  }
  if (devices.length > 0) result['CUDA_VISIBLE_DEVICES'] = devices.join(',');
  return result;
}

/**
 * Inputs are links to the store's own blobs: a stage that wrote into one has spoiled it for all. All are
 * looked at, so that every spoiled one is dropped; the first is told.
 */
async function changedInput(
  ctx: EngineContext,
  { placed, readyMs }: Layout,
): Promise<Failure | undefined> {
  const failures: Failure[] = [];
  for (const { name, artifact, path: where, source } of placed) {
    if (source !== undefined && !(await ctx.store.sourceUnchanged(source))) {
      const message = `${name} changed while the stage read it`;
      failures.push({ reason: 'input-changed', message });
    } else if (!(await ctx.store.checkUntouched(artifact, where, readyMs))) {
      failures.push({
        reason: 'input-changed',
        message: `the stage changed its input ${name}`,
        hint: 'inputs are read-only: copy what is to be changed',
      });
    }
  }
  return failures[0];
}
